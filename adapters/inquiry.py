"""What an operation sees of a request and gives back: never an envelope, never a header."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import NamedTuple
from zoneinfo import ZoneInfo

from core.access import Grant, Scope

RIGA = ZoneInfo("Europe/Riga")
DEFAULT_PAGE_SIZE = 100


@dataclass(frozen=True, slots=True)
class Inquiry:
    """One request (pieprasījums): who asks, for whom, by which right, when. Made once, at the boundary."""

    message_id: str
    client: str
    user: str | None
    on_behalf_of: str | None
    issue: str | None
    grant: Grant
    now: datetime

    @property
    def today(self) -> date:
        """The calendar day in Latvia at the instant of the request."""
        return self.now.astimezone(RIGA).date()

    @property
    def scope(self) -> Scope:
        """Whose data the grant reaches for this very user."""
        return self.grant.scope.of_user(self.user)


class Answer(NamedTuple):
    """What an operation gives back: the response message and whose data it holds.

    `persons` is None when the answer is about no person; an empty sequence means a person was asked for and none was
    found. `on_behalf_of` is what the message itself said and the register confirmed.
    """

    response: tuple[object, ...]
    persons: Sequence[int] | None = None
    data_as_of: str | None = None
    on_behalf_of: str | None = None

"""Teaching posts that schools submit (iesniegtie pedagogu amati): their values and the rules on one of them."""

import re
from dataclasses import dataclass
from decimal import Decimal

from core.errors import InvalidItem
from core.submissions.items import Entity, Item, check_period
from core.submissions.known import Known

_load = re.compile(r"\+?0*(?:[0-9](?:\.[0-9]{0,3}0*)?|\.[0-9]{1,3}0*)").fullmatch


@dataclass(slots=True, kw_only=True)
class TeachingPostItem(Item):
    """A post that a teacher holds (pedagoga amats), as its sender tells it; withdrawn when it was recorded in error."""

    post: str
    load: str
    started_on: str
    ended_on: str | None = None
    withdrawn: bool = False


def _texts(item: TeachingPostItem) -> tuple[str, ...]:
    return item.institution, item.post, item.load, f"[{item.started_on},{item.ended_on or ''}]"


def _check_form(item: TeachingPostItem) -> None:
    check_period(item.started_on, item.ended_on)
    if not _load(item.load) or not 0 < Decimal(item.load) <= 2:
        raise InvalidItem("The load is more than 0 and at most 2, with up to three decimal places.")


def _check(item: TeachingPostItem, _: Known) -> None:
    if not item.post.strip():
        raise InvalidItem("The post is empty.")


TEACHING_POST = Entity(
    name="teachingPost",
    table="teaching_post",
    columns={"institution": "text", "post": "text", "load": "numeric(4,3)", "valid": "daterange"},
    lists=(),
    texts=_texts,
    check_form=_check_form,
    check=_check,
    withdrawable=True,
    is_withdrawn=lambda item: item.withdrawn,
)

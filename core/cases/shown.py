"""What is shown of cases (lietu rādījumi): values as text in their final form, in the order of the messages."""

from collections.abc import Sequence
from typing import NamedTuple


class CaseLine(NamedTuple):
    """A case as a line of the work list (lieta).

    `status_class` is open, justified or closed. `honesty` says what hides behind a status: noStatus, copied (unchanged for three quarters),
    clarifyingTooLong, expired; None when nothing does. Address and municipality are withheld for restricted children without the right.
    """

    case_id: int
    version: int
    personal_code: str | None
    given_name: str | None
    surname: str | None
    birth_date: str | None
    municipality: str | None
    offered_to: str | None
    state: str
    reason: str
    opened_on: str
    closed_on: str | None
    closing: str | None
    status: str | None
    status_class: str
    status_since: str | None
    status_age_days: int | None
    status_expires_on: str | None
    evidence: str | None
    honesty: str | None
    escalated_on: str | None
    escalation: str | None
    next_step: str | None
    due_on: str | None


class CaseEventShown(NamedTuple):
    """Something that happened in a case (lietas notikums)."""

    at: str
    kind: str
    municipality: str | None
    client: str | None
    user_id: str | None
    value: str | None
    on_date: str | None
    note: str | None


class CaseDetail(NamedTuple):
    """One case with its history (lieta ar vēsturi); `address` by the right to restricted addresses only, when the child is restricted."""

    case: CaseLine
    address: str | None
    events: Sequence[CaseEventShown]


class CasesPage(NamedTuple):
    """One page of a work list (lapa): its instant, lines, whose data they are, the next page's cursor."""

    data_as_of: str
    cases: Sequence[CaseLine]
    persons: list[int]
    next_cursor: str | None


class CaseFound(NamedTuple):
    """A case that was asked for, or None; whose data it is."""

    data_as_of: str
    detail: CaseDetail | None
    persons: list[int]


class Changed(NamedTuple):
    """A case after somebody changed it (mainīta lieta)."""

    case_id: int
    version: int
    state: str
    municipality: str | None
    offered_to: str | None
    status: str | None
    status_expires_on: str | None
    due_on: str | None
    person_id: int


class Checked(NamedTuple):
    """Personal codes in five lists (pārbaudītie kodi)."""

    data_as_of: str
    not_fulfilling: Sequence[str]
    fulfilling: Sequence[str]
    not_in_register: Sequence[str]
    outside_duty: Sequence[str]
    invalid: Sequence[str]
    persons: list[int]


class RuleShown(NamedTuple):
    """One rule that was looked at (apskatīts noteikums): what it saw, what came out, what would change it; in Latvian and English.

    `outcome` is met, notMet or notReached.
    """

    rule: str
    source: str | None
    data_lv: str
    data_en: str
    outcome: str
    change_lv: str | None
    change_en: str | None


class Explained(NamedTuple):
    """Why a child is or is not in the register on a day (skaidrojums); `result` is notStudying, fulfilling, exempt or outsideDuty."""

    data_as_of: str
    result: str | None
    reason: str | None
    rules: Sequence[RuleShown]
    persons: list[int]


class StatisticsRow(NamedTuple):
    """A number of cases (lietu skaits); `count` is None and `suppressed` true when it is too small to be shown."""

    municipality: str | None
    quarter: str | None
    age_group: str | None
    status: str | None
    status_class: str | None
    honesty: str | None
    count: int | None
    suppressed: bool

"""Applicants of a campaign (uzņemšanas pretendenti): registered by an admission system, which from then on is sent what is new of them."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core.access import ScopeKind
from core.achievements.telling import REGISTERING
from core.connections import cursor
from core.education import Named
from core.errors import InvalidPersonalCode, NotAnApplicant, NotGranted, Refusal, UnknownPerson
from core.examinations.items import ACCEPTED, REJECTED, UNCHANGED, body
from core.people import lock
from core.reach import reached
from core.reading import successors
from core.submissions import Answered, Done, RefusedItem, Sender, once

# As whom a person is registered is an array of its identities' rows, so that it is never looked for among all of a campaign.
WHO = f"""
SELECT n.position, p.person_id,
    ARRAY(SELECT a.id FROM applicant a WHERE a.identity_id = ANY(ARRAY(SELECT o.id FROM identity o WHERE o.person_id = p.person_id))
     AND a.client = %(sender)s AND a.campaign = %(campaign)s AND a.withdrawn_at IS NULL), i.id
FROM unnest(%(positions)s::int[], %(schemes)s::text[], %(issuers)s::text[], %(values)s::text[]) AS n (position, scheme, issuer, value)
JOIN identity i ON i.value = n.value AND i.scheme = n.scheme AND i.issuer = n.issuer
JOIN person_profile p ON p.person_id = i.person_id AND upper_inf(p.recorded)
LEFT JOIN LATERAL (
    SELECT {successors("r.municipality", "%(on)s::date")} AS municipality FROM residence r
    WHERE r.person_id = p.person_id AND r.kind = 'declared' AND upper_inf(r.recorded) AND r.valid @> %(on)s::date) home ON true
CROSS JOIN LATERAL (SELECT p.restricted, p.born_on, home.municipality) known_now
WHERE {{0}} ORDER BY n.position"""
REGISTER = """
INSERT INTO applicant (client, campaign, identity_id)
SELECT %(sender)s, %(campaign)s, i FROM unnest(%(identities)s::bigint[]) AS i"""
WITHDRAW = "UPDATE applicant SET withdrawn_at = greatest(now(), registered_at) WHERE id = ANY(%(applicants)s)"


class ApplicantOutcome(NamedTuple):
    """What became of an applicant in a message (iznākums)."""

    position: int
    outcome: str
    code: str | None
    reason: str | None


class Registered(NamedTuple):
    """What became of a message, now or the first time that it came."""

    data_as_of: str
    repeated: bool
    received: int
    accepted: int
    unchanged: int
    rejected: int
    outcomes: Sequence[ApplicantOutcome]
    persons: Sequence[int]


def register_applicants(
    session: Session, sender: Sender, batch_key: str, campaign: str, applicants: Sequence[Named | None], dry_run: bool = False
) -> Registered:
    """Registers who applies; who is registered already stays it. None stands for one who was not named in a valid way."""
    if sender.scope.kind in (ScopeKind.INSTITUTIONS, ScopeKind.MUNICIPALITIES):
        raise NotGranted(
            "Messages tell all of a person; applicants are for those who may see more than the rows of their own institutions."
        )

    def work() -> Done:
        return _Applicants(session, sender, campaign, applicants).registered()

    said = body(campaign, [who and list(who) for who in applicants])
    return _answer(once(session, sender, "registerApplicants", batch_key, said, work, dry_run))


def withdraw_applicants(
    session: Session, sender: Sender, batch_key: str, campaign: str, applicants: Sequence[Named | None], dry_run: bool = False
) -> Registered:
    """Nothing new of these is sent any more; what was told is still corrected."""

    def work() -> Done:
        return _Applicants(session, sender, campaign, applicants).withdrawn()

    said = body(campaign, [who and list(who) for who in applicants])
    return _answer(once(session, sender, "withdrawApplicants", batch_key, said, work, dry_run))


class _Applicants:
    """The applicants of one message: who they are, and what becomes of each."""

    def __init__(self, session: Session, sender: Sender, campaign: str, applicants: Sequence[Named | None]) -> None:
        self._session, self._sender, self._campaign, self._applicants = session, sender, campaign, applicants
        # People first, as everybody who tells of them does.
        lock(session, {person for person, _, _ in self._found().values()})
        cursor(session).execute(REGISTERING)
        self._rows = self._found()
        self._outcomes: dict[int, str | Refusal] = {}

    def registered(self) -> Done:
        new: dict[int, int] = {}
        for position in self._known():
            person, registered, identity = self._rows[position]
            self._outcomes[position] = UNCHANGED if registered or person in new else ACCEPTED
            if not registered:
                new.setdefault(person, identity)
        self._run(REGISTER, identities=list(new.values()))
        return self._done()

    def withdrawn(self) -> Done:
        ended: set[int] = set()
        for position in self._known():
            registered = self._rows[position][1]
            self._outcomes[position] = NotAnApplicant() if not registered else UNCHANGED if ended.issuperset(registered) else ACCEPTED
            ended.update(registered)
        self._run(WITHDRAW, applicants=list(ended))
        return self._done()

    def _known(self) -> list[int]:
        """The places of those who were found; the others are refused."""
        for position, who in enumerate(self._applicants, 1):
            if position not in self._rows:
                self._outcomes[position] = (
                    InvalidPersonalCode() if who is None else UnknownPerson("Nobody within reach is known by this name.")
                )
        return sorted(self._rows)

    def _found(self) -> dict[int, tuple[int, list[int], int]]:
        """Who was found: the person, as whom it is registered (several since a merge), the identity it was named by."""
        named = [(position, *who) for position, who in enumerate(self._applicants, 1) if who is not None]
        if not named:
            return {}
        positions, schemes, issuers, values = (list(column) for column in zip(*named, strict=True))
        scope = self._sender.scope
        asked = {"positions": positions, "schemes": schemes, "issuers": issuers, "values": values}
        reach = {**scope.parameters, "on": self._sender.today, "today": self._sender.today, "restricted": False}
        rows = self._run(WHO.format(reached(scope.kind)), **asked, **reach)
        return {position: (person, registered, identity) for position, person, registered, identity in rows}

    def _run(self, statement: str, **values: Any) -> list[tuple[Any, ...]]:
        found = cursor(self._session).execute(statement, {"sender": self._sender.client, "campaign": self._campaign, **values})
        return found.fetchall() if found.description else []

    def _done(self) -> Done:
        lines, refused = [], []
        for position in range(1, len(self._applicants) + 1):
            outcome = self._outcomes[position]
            if isinstance(outcome, Refusal):
                lines.append(ApplicantOutcome(position, REJECTED, outcome.code, str(outcome)))
                refused.append(RefusedItem(position, None, outcome, self._as_sent(position)))
            else:
                lines.append(ApplicantOutcome(position, outcome, None, None))
        counts = [len(lines), *(sum(line.outcome == kind for line in lines) for kind in (ACCEPTED, UNCHANGED, REJECTED))]
        people = sorted({person for person, _, _ in self._rows.values()})
        return Done([*counts, lines], people, counts[0], counts[1], counts[2], refused)

    def _as_sent(self, position: int) -> dict[str, str]:
        who = self._applicants[position - 1]
        if who is None:
            return {}
        if who.scheme == "personal_code":
            return {"personal_code": who.value}
        return {"identifier/institution": who.issuer, "identifier/value": who.value}


def _answer(answered: Answered) -> Registered:
    received, accepted, unchanged, rejected, outcomes = answered.answer
    return Registered(answered.data_as_of, answered.repeated, received, accepted, unchanged, rejected, outcomes, answered.persons)

"""Builds what a test needs in the register, in the test's own words."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from itertools import count

from sqlalchemy import text
from sqlalchemy.dialects.postgresql import Range
from sqlalchemy.orm import Session

from adapters.allow_list import published
from core import codes, granting
from core.access import Scope, ScopeKind
from core.database import Databases
from core.granting import User
from core.model import (
    AccessChange,
    AccessGrant,
    Affiliation,
    CaseEvent,
    CaseVersion,
    ChildCase,
    Decision,
    Guardianship,
    Identity,
    Institution,
    InstitutionProfile,
    InstitutionSuccession,
    Person,
    PersonProfile,
    Programme,
    ProgrammeProfile,
    Recognition,
    RecognitionPeriod,
    Residence,
    TeachingPost,
)

RIGA, MADONA, VARAKLANI = "0001000", "0038000", "0055000"
AUTHORITY = "LV-DEV/GOV/IKVD"
EVERYTHING = Scope(ScopeKind.EVERYTHING)
ALL_SERVICES = "LV-DEV/GOV/IZM/allservices"
LONG_AGO = datetime(2015, 1, 1, tzinfo=UTC)


def days(first: str, last: str | None = None) -> Range[date]:
    """A period that holds on its first and on its last day."""
    return Range(date.fromisoformat(first), date.fromisoformat(last) if last else None, bounds="[]" if last else "[)")


def since(instant: datetime, until: datetime | None = None) -> Range[datetime]:
    return Range(instant, until)


def _long_enough(offered: object) -> Range[date]:
    """From 2010 on, or from the first day on which a programme is offered."""
    first = date(2010, 1, 1)
    return Range(min(offered.lower or first, first) if isinstance(offered, Range) else first, None)


@dataclass
class Register:
    """A small register; every method commits what it adds."""

    databases: Databases
    numbers: count = field(default_factory=lambda: count(1))

    def add(self, *rows: object) -> None:
        with self.databases.register.begin() as session:
            session.add_all(rows)

    def execute(self, statement: str, **values: object) -> list:
        with self.databases.register.begin() as session:
            result = session.execute(text(statement), values)
            return result.all() if result.returns_rows else []

    def codes(self) -> None:
        with self.databases.register.begin() as session:
            codes.load(session)

    def grant(self, client: str = ALL_SERVICES, operation: str = "education-process.**", scope: str = "everything", **more: object) -> int:
        """A grant in force, which two users made long ago; returns its number. `fields` is the list as asked for."""
        values = {"purpose": "test", "legal_basis": "MK 276/2019", "valid": days("2020-01-01"), "scope_values": [], "rights": [], **more}
        allowed = list(published().of(operation, values.get("fields")))
        with self.databases.register.begin() as session:
            grant = AccessGrant(client=client, operation=operation, scope=scope, **{"allowed": allowed, **values})
            session.add(grant)
            session.flush()
            made = {"proposed_at": LONG_AGO, "proposed_by": "maker", "proposed_login": "a", "outcome": "confirmed"}
            made |= {"decided_at": LONG_AGO, "decided_by": "checker", "decided_login": "b"}
            session.add(AccessChange(grant_id=grant.id, kind="grant", **made))
            return grant.id

    def may_receive(self, client: str) -> None:
        """The grant by which an admission system registers applicants, unless it has one."""
        if not self.execute("SELECT 1 FROM access_granted WHERE client = :client", client=client):
            self.grant(client, "achievements.**", purpose="admission")

    def ungrant(self) -> None:
        """Ends every grant that is in force, as two users do."""
        with self.databases.register.begin() as session:
            numbers = [number for _, number in granting.in_force_now(session)]
            granting.confirm(session, granting.propose_end(session, numbers, User("maker", "a"), "test"), User("checker", "b"))

    def institution(
        self, number: str, name: str = "Rīgas 1. vidusskola", municipality: str = RIGA, valid: Range = days("2010-01-01"), **more: object
    ) -> str:
        with self.databases.register.begin() as session:
            if session.get(Institution, number) is None:
                session.add(Institution(registration_number=number))
                session.flush()
            before = text("SELECT min(opened_on) FROM institution_profile WHERE institution = :number")
            opened_on = session.scalar(before, {"number": number}) or valid.lower
            values = {"type_code": "13", "kind_code": "V2", "opened_on": opened_on, "recorded": since(LONG_AGO)}
            session.add(InstitutionProfile(institution=number, name=name, municipality=municipality, valid=valid, **{**values, **more}))
        return number

    def succession(self, predecessor: str, successor: str, on: str, **more: object) -> None:
        values = {"kind": "merger", "recorded": since(LONG_AGO)}
        self.add(InstitutionSuccession(predecessor=predecessor, successor=successor, since=date.fromisoformat(on), **{**values, **more}))

    def person(
        self, code: str | None = None, given_name: str = "Anna", surname: str = "Bērziņa", former: tuple[str, ...] = (), **more: object
    ) -> int:
        """A person with a code (and former ones) and a profile; returns its id."""
        with self.databases.register.begin() as session:
            person = Person()
            session.add(person)
            session.flush()
            values = {"source": "population_register", "recorded": since(LONG_AGO), "born_on": date(2018, 5, 4)}
            session.add(PersonProfile(person_id=person.id, given_name=given_name, surname=surname, **{**values, **more}))
            for value, current in [(code, True), *((old, False) for old in former)]:
                if value is not None:
                    row = Identity(person_id=person.id, scheme="personal_code", value=value, current=current, created_at=LONG_AGO)
                    session.add(row)
            return person.id

    def identifier(self, person: int, institution: str, value: str) -> None:
        self.add(Identity(person_id=person, scheme="institution", issuer=institution, value=value, created_at=LONG_AGO))

    def lives(self, person: int, municipality: str, valid: Range = days("2018-05-04"), **more: object) -> None:
        values = {"kind": "declared", "recorded": since(LONG_AGO)}
        self.add(Residence(person_id=person, municipality=municipality, valid=valid, **{**values, **more}))

    def guardian(self, child: int, guardian: int, valid: Range = days("2018-05-04"), kind: str = "parent") -> None:
        self.add(Guardianship(child_id=child, guardian_id=guardian, kind=kind, valid=valid, recorded=since(LONG_AGO)))

    def learns(self, person: int, institution: str, valid: Range = days("2024-09-01"), programme: str = "21011111", **more: object) -> int:
        """An affiliation of the person's first identity; returns its id."""
        with self.databases.register.begin() as session:
            self._programme(session, institution, programme)
            values = {
                "main": True,
                "class_level": "1",
                "class_group": "1.a",
                "study_form": "1",
                "language": "1",
                "status": "AKT",
                "sender": "LV-DEV/EDU/SCHOOL/system",
                "sender_key": f"K{next(self.numbers)}",
                "recorded": since(LONG_AGO),
                "identity_id": self._identity(session, person),
            }
            row = Affiliation(institution=institution, programme=programme, valid=valid, **{**values, **more})
            session.add(row)
            session.flush()
            return row.id

    def case(self, person: int, municipality: str, on: date, recorded: Range = since(LONG_AGO), **more: object) -> int:
        """An active case of the person's first identity; returns its number."""
        with self.databases.register.begin() as session:
            case = ChildCase(identity_id=self._identity(session, person), **({"id": more.pop("id")} if "id" in more else {}))
            session.add(case)
            session.flush()
            values = {"state": "active", "reason": "never_enrolled", "opened_on": on, "recorded": recorded}
            version = CaseVersion(case_id=case.id, municipality=municipality, **{**values, **more})
            event = CaseEvent(case_id=case.id, at=recorded.lower, kind="opened", municipality=municipality, value=version.reason, on_day=on)
            session.add_all([version, event])
            return case.id

    def teaches(
        self, person: int, institution: str, valid: Range = days("2020-09-01"), post: str = "Skolotājs", load: str = "1.000"
    ) -> None:
        with self.databases.register.begin() as session:
            session.add(
                TeachingPost(
                    identity_id=self._identity(session, person),
                    institution=institution,
                    post=post,
                    load=load,
                    sender="LV-DEV/EDU/SCHOOL/system",
                    sender_key=f"T{next(self.numbers)}",
                    valid=valid,
                    recorded=since(LONG_AGO),
                )
            )

    def programme(
        self,
        institution: str,
        code: str,
        name: str = "Pamatizglītības programma",
        valid: Range = days("2010-01-01"),
        licensed: bool = True,
        licence: Range | None = None,
        **more: object,
    ) -> None:
        """A programme and its licence: for the days of `licence`, or long enough for tests of something else."""
        with self.databases.register.begin() as session:
            self._programme(session, institution, code, licensed and licence is None, name=name, lki_level="2", valid=valid, **more)
            if licence is not None:
                self._licence(session, institution, code, licence)

    def licence(self, institution: str, code: str, valid: Range = days("2010-01-01")) -> None:
        """A licence of a programme that came another way, or one more."""
        with self.databases.register.begin() as session:
            self._licence(session, institution, code, valid)

    def accreditation(self, institution: str, valid: Range, status: str = "6Y", programme: str | None = None) -> None:
        """A published accreditation of an institution for some days, or a historic one of a programme."""
        with self.databases.register.begin() as session:
            self._grant(session, "programme" if programme else "institution", institution, programme, status, valid)

    def _licence(self, session: Session, institution: str, code: str, valid: Range) -> None:
        self._grant(session, "licence", institution, code, "LIC", valid)

    def _grant(self, session: Session, kind: str, institution: str, code: str | None, status: str, valid: Range) -> None:
        """A grant that two officers made and published, and the days for which it holds."""
        named = {"kind": kind, "institution": institution, "programme": code}
        subject = session.query(Recognition).filter_by(**named).one_or_none() or Recognition(**named)
        session.add(subject)
        session.flush()
        officers = {"proposed_client": f"{AUTHORITY}/register", "proposed_user": "LV-officer-1"}
        officers |= {"confirmed_client": f"{AUTHORITY}/register", "confirmed_user": "LV-officer-2"}
        decision = Decision(
            recognition_id=subject.id,
            authority=AUTHORITY,
            number=f"{kind}-{institution}-{code or ''}-{valid.lower}",
            outcome="grant",
            status=status,
            decided_on=valid.lower,
            valid_from=valid.lower,
            valid_to=valid.upper,
            proposed_at=LONG_AGO,
            confirmed_at=LONG_AGO,
            published_at=LONG_AGO,
            **officers,
        )
        session.add(decision)
        session.flush()
        period = RecognitionPeriod(recognition_id=subject.id, decision_id=decision.id, status=status, valid=valid, recorded=since(LONG_AGO))
        session.add(period)
        session.flush()

    def _programme(self, session: Session, institution: str, code: str, licensed: bool = True, **said: object) -> None:
        """The programme, licensed when it is new; with what it was in a period when that is said, or when nothing else is."""
        new = session.get(Programme, (institution, code)) is None
        if new:
            session.add(Programme(institution=institution, code=code))
            session.flush()
            if licensed:
                self._licence(session, institution, code, _long_enough(said.get("valid")))
        if new or said:
            values = {"name": "Programma", "valid": days("2010-01-01"), "recorded": since(LONG_AGO), **said}
            session.add(ProgrammeProfile(institution=institution, code=code, **values))
            session.flush()

    def _identity(self, session: Session, person: int) -> int:
        found = session.scalar(text("SELECT min(id) FROM identity WHERE person_id = :person"), {"person": person})
        assert found is not None, "the person needs a code or an identifier first"
        return found

"""What stock spyne answers from: mapped objects, as an application of SQLAlchemy's manual would read them and record the disclosure."""

from collections.abc import Sequence
from datetime import UTC, date, datetime
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session, sessionmaker

from core import paging
from core.database import WRITING, connecting
from core.disclosure import Disclosure, row_hash
from core.model import (
    Affiliation,
    DisclosureRow,
    Identity,
    InstitutionProfile,
    PersonProfile,
    ProgrammeProfile,
    Recognition,
    RecognitionPeriod,
    Residence,
    TeachingPost,
)

PAGE = 1000
INSTITUTIONS_ONLY = date(2022, 8, 11)


class MappedReader:
    """The same answers as the service's statements give, through the ORM."""

    def __init__(self, url: str, municipality: str) -> None:
        engine = connecting(url, WRITING, pool_size=8)
        self._sessions = sessionmaker(engine)
        self._municipality = municipality

    def __call__(self, operation: str, asked: str) -> Sequence[Any]:
        now = datetime.now(UTC)
        with self._sessions.begin() as session:
            data_as_of = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
            if operation == "getPersonEducation":
                persons, answer = self._person(session, asked, data_as_of, now.date())
            else:
                persons, answer = self._page(session, data_as_of, now.date())
        with self._sessions.begin() as session:
            said = Disclosure(
                now, "bench", "LV-DEV/GOV/IZM/allservices", "LV-bench", None, None, operation, "p", "l", data_as_of, "ok", persons
            )
            values = {**said._asdict(), "row_hash": row_hash(said)}
            values["user_id"] = values.pop("user")
            session.add(DisclosureRow(**values))
        return answer

    def _person(self, session: Session, code: str, data_as_of: str, today: date) -> tuple[list[int], Sequence[Any]]:
        person = session.scalars(select(Identity).where(Identity.value == code, Identity.scheme == "personal_code")).one().person_id
        identities = session.scalars(select(Identity).where(Identity.person_id == person).order_by(Identity.id)).all()
        codes = [one for one in identities if one.scheme == "personal_code"]
        profile = session.scalars(
            select(PersonProfile).where(PersonProfile.person_id == person, func.upper_inf(PersonProfile.recorded))
        ).one()
        home = session.scalars(
            select(Residence).where(
                Residence.person_id == person,
                Residence.kind == "declared",
                func.upper_inf(Residence.recorded),
                Residence.valid.contains(today),
            )
        ).one_or_none()
        ids = [one.id for one in identities]
        affiliations = session.execute(
            select(Affiliation, InstitutionProfile, ProgrammeProfile)
            .join(
                ProgrammeProfile,
                (ProgrammeProfile.institution == Affiliation.institution)
                & (ProgrammeProfile.code == Affiliation.programme)
                & func.upper_inf(ProgrammeProfile.recorded),
            )
            .outerjoin(
                InstitutionProfile,
                (InstitutionProfile.institution == Affiliation.institution)
                & InstitutionProfile.valid.contains(func.least(func.upper(Affiliation.valid) - 1, today))
                & func.upper_inf(InstitutionProfile.recorded),
            )
            .where(Affiliation.identity_id.in_(ids), func.upper_inf(Affiliation.recorded), Affiliation.status != "DUB")
            .order_by(func.lower(Affiliation.valid).desc(), Affiliation.id.desc())
        ).all()
        recognised = session.execute(
            select(Recognition, RecognitionPeriod)
            .join(RecognitionPeriod, (RecognitionPeriod.recognition_id == Recognition.id) & func.upper_inf(RecognitionPeriod.recorded))
            .where(Recognition.institution.in_([a.institution for a, _, _ in affiliations]))
        ).all()
        posts = session.scalars(select(TeachingPost).where(TeachingPost.identity_id.in_(ids), func.upper_inf(TeachingPost.recorded))).all()
        return [person], (data_as_of, True, (
            next((one.value for one in codes if one.current), None),
            [one.value for one in codes if not one.current],
            [[one.issuer, one.value] for one in identities if one.scheme == "institution"],
            profile.given_name, profile.surname, str(profile.born_on), profile.status, home and home.municipality,
            [[a.institution, i.name if i else None, a.programme, p.name, a.main, a.class_level, a.class_group, a.study_form, a.language,
              a.status, _first(a.valid), _last(a.valid), a.start_order, a.end_order, a.end_reason, *_recognised(recognised, a, today)]
             for a, i, p in affiliations],
            [[t.institution, None, t.post, str(t.load), _first(t.valid), _last(t.valid)] for t in posts],
        ))  # fmt: skip

    def _page(self, session: Session, data_as_of: str, today: date) -> tuple[list[int], Sequence[Any]]:
        schools = select(InstitutionProfile.institution).where(
            InstitutionProfile.municipality == self._municipality,
            func.upper_inf(InstitutionProfile.recorded),
            InstitutionProfile.valid.contains(today),
        )
        rows = session.execute(
            select(Affiliation, Identity, PersonProfile)
            .join(Identity, Identity.id == Affiliation.identity_id)
            .join(PersonProfile, (PersonProfile.person_id == Identity.person_id) & func.upper_inf(PersonProfile.recorded))
            .where(
                Affiliation.institution.in_(schools),
                Affiliation.valid.contains(today),
                func.upper_inf(Affiliation.recorded),
                Affiliation.status != "DUB",
            )
            .order_by(Affiliation.institution, PersonProfile.sort_key.collate("C"), Affiliation.id)
            .limit(PAGE + 1)
        ).all()
        lines = [
            [i.value if i.scheme == "personal_code" else None, None, p.given_name, p.surname, str(p.born_on), a.institution, a.programme,
             a.main, a.class_level, a.class_group, a.study_form, a.language, a.status, _first(a.valid), _last(a.valid)]
            for a, i, p in rows[:PAGE]
        ]  # fmt: skip
        more = paging.give(("listAffiliations",), [data_as_of, rows[PAGE - 1][0].id]) if len(rows) > PAGE else None
        return [p.person_id for _, _, p in rows[:PAGE]], (data_as_of, lines, more)


def _recognised(periods: Sequence[Any], a: Affiliation, today: date) -> tuple[bool, bool]:
    """Whether the programme was licensed, and accredited, on the last day."""
    day = min(today, date.fromisoformat(_last(a.valid) or "9999-12-31"))
    of_programme = ("licence", "programme") if day < INSTITUTIONS_ONLY else ("licence", "programme", "institution")
    statuses = {
        period.status
        for subject, period in periods
        if subject.institution == a.institution and subject.programme in (None, a.programme) and subject.kind in of_programme
        if period.valid.lower <= day and (period.valid.upper is None or day < period.valid.upper)
    }
    return "LIC" in statuses, not statuses.isdisjoint(("6Y", "2Y", "EXT"))


def _first(valid: Any) -> str:
    return str(valid.lower)


def _last(valid: Any) -> str | None:
    return None if valid.upper is None else str(date.fromordinal(valid.upper.toordinal() - 1))

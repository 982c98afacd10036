"""Puts the made-up nation where it belongs (izdomātās tautas ielāde): files for the population register, COPY for the register.

One transaction: a load that was broken off leaves an empty register, and the files appear only when everything is written.
"""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any, NamedTuple, TextIO
from zoneinfo import ZoneInfo

from sqlalchemy import text
from sqlalchemy.orm import Session, sessionmaker

from adapters.demo import rows
from adapters.demo.decisions import rows_of
from adapters.demo.licences import QualityService
from adapters.demo.nation import Chunk, Nation
from adapters.demo.population import Change, change_line
from adapters.progress import reporting
from core import codes
from core.accreditation.changes import tell_all
from core.achievements import telling
from core.changes import rebuild
from core.database import Databases
from core.model import (
    Affiliation,
    Applicant,
    Decision,
    EducationDocument,
    ExamCandidate,
    Examination,
    ExamResult,
    HeldResult,
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
    Table,
    TeachingPost,
)

FOLDER, PEOPLE_FILE, CHANGES_FILE = "population-register", "people.jsonl", "changes.jsonl"
NAMED = "named_scheme, named_issuer, named_value, given_name, surname, birth_date"
SAID = (
    "outcome, scale, value, cefr, parts, certificate, threshold, passed, version, reason, sender, sender_key, examination_id, institution"
)
COLUMNS: dict[type[Table], str] = {
    Institution: "registration_number",
    InstitutionProfile: (
        "id, institution, name, type_code, kind_code, subordination_code, legal_status_code, municipality, address, postcode, opened_on, "
        "closed_on, valid, recorded"
    ),
    InstitutionSuccession: "predecessor, successor, kind, since, recorded",
    Programme: "institution, code",
    ProgrammeProfile: "id, entry_id, institution, code, name, lki_level, valid, recorded",
    Recognition: "id, kind, institution, programme",
    Decision: (
        "id, recognition_id, authority, number, outcome, status, decided_on, valid_from, valid_to, start_by, reason, supersedes, "
        "proposed_at, proposed_client, proposed_user, confirmed_at, confirmed_client, confirmed_user, published_at"
    ),
    RecognitionPeriod: "id, recognition_id, decision_id, status, start_by, started, valid, recorded",
    Person: "id, created_at",
    Identity: "id, person_id, scheme, issuer, value, current, created_at",
    PersonProfile: "id, person_id, given_name, surname, born_on, source, recorded",
    Affiliation: (
        "id, entry_id, identity_id, institution, programme, main, class_level, class_group, study_form, language, status, start_order, "
        "end_order, end_reason, sender, sender_key, valid, recorded"
    ),
    TeachingPost: "id, entry_id, identity_id, institution, post, load, sender, sender_key, valid, recorded",
    Examination: "id, code, kind, subject, level, school_year, session, held_on, publish_at, published_at, sender",
    ExamCandidate: f"id, entry_id, examination_id, identity_id, institution, state, match, {NAMED}, sender, sender_key, recorded",
    ExamResult: f"id, entry_id, identity_id, candidate_entry, {SAID}, recorded",
    HeldResult: f"id, entry_id, identity_id, candidate_entry, {SAID}, match, {NAMED}, recorded",
    EducationDocument: (
        "id, entry_id, identity_id, institution, document_type, series, number, issued_on, status, programme, marks, replaces_series, "
        "replaces_number, sender, sender_key, recorded"
    ),
    Applicant: "id, client, campaign, identity_id, registered_at",
}
OF_A_CHUNK: tuple[type[Table], ...] = (
    *(Person, Identity, PersonProfile, Affiliation, TeachingPost),
    *(ExamCandidate, ExamResult, HeldResult, EducationDocument, Applicant),
)
OF_DECISIONS: tuple[type[Table], ...] = (Recognition, Decision, RecognitionPeriod)
WITH_SEQUENCE: tuple[type[Table], ...] = (InstitutionProfile, ProgrammeProfile, *OF_DECISIONS, *OF_A_CHUNK, Examination)
ENTRIES: dict[str, tuple[type[Table], ...]] = {
    "affiliation_entry": (Affiliation,),
    "teaching_post_entry": (TeachingPost,),
    "programme_entry": (ProgrammeProfile,),
    "exam_candidate_entry": (ExamCandidate,),
    "exam_result_entry": (ExamResult, HeldResult),
    "education_document_entry": (EducationDocument,),
}
COUNTED = ("people", "population", "person", "affiliation", "teaching_post", "exam_result", "education_document")
Progress = Callable[[int], None]


class RegisterNotEmpty(Exception):
    """The register holds data already, and made-up people never mix with others."""


class Loaded(NamedTuple):
    """How much there is now."""

    people: int
    in_population_register: int
    changes: int
    institutions: int
    persons: int
    affiliations: int
    teaching_posts: int
    exam_results: int
    documents: int


def today_in_latvia() -> date:
    """The calendar day in Latvia, which the nation lives in."""
    return datetime.now(ZoneInfo("Europe/Riga")).date()


def make_nation(databases: Databases, data: Path, people: int, seed: int) -> None:
    """Fills an empty register and writes the population register's files; a register that holds something only gets the files."""
    nation = Nation(people, seed, today_in_latvia())
    with reporting("Making up a nation", people, "people") as progress:
        try:
            load(databases.register, nation, data / FOLDER, progress)
        except RegisterNotEmpty:
            write_population_register(nation, data / FOLDER, progress)


def write_population_register(nation: Nation, folder: Path, progress: Progress) -> None:
    """Writes only the files of the population register; the register is not touched."""
    with _population_files(folder) as (people, changes):
        reported: list[Change] = []
        for chunk in nation.chunks():
            people.writelines(chunk.population)
            reported += chunk.changes
            progress(chunk.people)
        _write_changes(changes, reported)


def load(register: sessionmaker[Session], nation: Nation, folder: Path, progress: Progress) -> Loaded:
    """Fills an empty register and writes the files; raises RegisterNotEmpty before anything is changed."""
    reported: list[Change] = []
    counts = dict.fromkeys(COUNTED, 0)
    with register.begin() as session, _population_files(folder) as (people, changes):
        _refuse_unless_empty(session)
        codes.load(session)
        connection: Any = session.connection().connection.driver_connection
        _copy_institutions(connection, nation)
        _copy_decisions(connection, nation)
        _copy(connection, Examination, [examination.row for examination in nation.learned.schedule])
        with ThreadPoolExecutor(1) as writer:  # the next thousands are made up while PostgreSQL takes the last ones
            pending: Future[None] | None = None
            for chunk in nation.chunks():
                if pending:
                    pending.result()
                pending = writer.submit(_copy_chunk, connection, chunk)
                people.writelines(chunk.population)
                reported += chunk.changes
                for name in counts:
                    counts[name] += chunk.people if name == "people" else len(getattr(chunk, name))
                progress(chunk.people)
            if pending:
                pending.result()
        _write_changes(changes, reported)
        _finish(session)
        # Nobody told the change feed of these rows one by one.
        rebuild(session)
        telling.tell_all(session)
        tell_all(session)
    return Loaded(
        people=counts["people"],
        in_population_register=counts["population"],
        changes=len(reported),
        institutions=len(nation.institutions),
        persons=counts["person"],
        affiliations=counts["affiliation"],
        teaching_posts=counts["teaching_post"],
        exam_results=counts["exam_result"],
        documents=counts["education_document"],
    )


def _refuse_unless_empty(session: Session) -> None:
    session.execute(text("SELECT pg_advisory_xact_lock(hashtext('viis demo-data'))"))
    filled: tuple[type[Table], ...] = (Institution, Person, Examination)
    for table in filled:
        if session.execute(text(f"SELECT EXISTS (SELECT FROM {table.__tablename__})")).scalar_one():  # noqa: S608 - a name of the model
            raise RegisterNotEmpty


def _copy_institutions(connection: Any, nation: Nation) -> None:
    schools, today = nation.institutions, nation.today
    profiles = [row for school in schools for row in rows.profiles(school, today)]
    _copy(connection, Institution, [rows.institution(school) for school in schools])
    _copy(connection, InstitutionProfile, [f"{key}\t{row}" for key, row in enumerate(profiles, 1)])
    _copy(connection, InstitutionSuccession, [row for school in schools for row in rows.successions(school, today)])
    programmes = [row for school in schools for row in rows.programmes(school, today)]
    _copy(connection, Programme, ["\t".join(row.split("\t")[:2]) + "\n" for row in programmes])
    _copy(connection, ProgrammeProfile, [f"{key}\t{key}\t{row}" for key, row in enumerate(programmes, 1)])


def _copy_decisions(connection: Any, nation: Nation) -> None:
    decisions = rows_of(QualityService(nation.seed, nation.today).decide(nation.institutions))
    for table in OF_DECISIONS:
        _copy(connection, table, getattr(decisions, table.__tablename__))


def _copy_chunk(connection: Any, chunk: Chunk) -> None:
    for table in OF_A_CHUNK:
        _copy(connection, table, getattr(chunk, table.__tablename__))


def _copy(connection: Any, table: type[Table], lines: list[str]) -> None:
    with connection.cursor() as cursor, cursor.copy(f"COPY {table.__tablename__} ({COLUMNS[table]}) FROM STDIN") as copy:
        copy.write("".join(lines))


def _finish(session: Session) -> None:
    """Sequences go on after the ids that were given, and the planner learns what is there."""
    for table in WITH_SEQUENCE:
        name = table.__tablename__
        session.execute(text(f"SELECT setval(pg_get_serial_sequence('{name}', 'id'), coalesce(max(id), 1)) FROM {name}"))  # noqa: S608
    for sequence, tables in ENTRIES.items():
        entries = " UNION ALL ".join(f"SELECT entry_id FROM {table.__tablename__}" for table in tables)  # noqa: S608
        session.execute(text(f"SELECT setval('{sequence}', coalesce(max(entry_id), 1)) FROM ({entries}) entries"))  # noqa: S608
    for table in COLUMNS:
        session.execute(text(f"ANALYZE {table.__tablename__}"))


def _write_changes(file: TextIO, reported: list[Change]) -> None:
    for position, change in enumerate(sorted(reported), 1):
        file.write(change_line(position, change) + "\n")


@contextmanager
def _population_files(folder: Path) -> Iterator[tuple[TextIO, TextIO]]:
    """The two files, complete or not there."""
    folder.mkdir(parents=True, exist_ok=True)
    people, changes = folder / f"{PEOPLE_FILE}.part", folder / f"{CHANGES_FILE}.part"
    try:
        with (
            people.open("w", encoding="utf-8", newline="\n") as people_file,
            changes.open("w", encoding="utf-8", newline="\n") as changes_file,
        ):
            yield people_file, changes_file
        changes.replace(folder / CHANGES_FILE)
        people.replace(folder / PEOPLE_FILE)
    finally:
        people.unlink(missing_ok=True)
        changes.unlink(missing_ok=True)

"""What the samples of examinations and achievements tell of: a school with candidates, results, a document, corrected values."""

from datetime import UTC, date, datetime

from core.achievements.applicants import register_applicants
from core.achievements.recalling import recall
from core.achievements.telling import new_results
from core.education import Named
from core.examinations.candidates import submit_candidates
from core.examinations.items import CandidateItem, ExaminationItem, PartItem, ResultItem
from core.examinations.results import submit_results
from core.model import EducationDocument
from core.submissions import Sender
from tests.register import ALL_SERVICES, EVERYTHING, Register, days, since

LIEPAJA, SCHOOL = "0005000", "4313900203"
# Born before July 2017, so each has a wrong check digit.
ELIZA, MARTINS, ILZE, TOMS, UNKNOWN = "04050820011", "05060820013", "06070820013", "07080820014", "08090820015"
NAMES = {ELIZA: ("Elīza", "Dārziņa"), MARTINS: ("Mārtiņš", "Ķēniņš"), ILZE: ("Ilze", "Šķēle"), TOMS: ("Toms", "Ģēģeris")}
BEFORE = datetime(2025, 7, 1, 6, tzinfo=UTC)
RECALLED = ("c0ffee00-0000-4000-8000-000000000001", "c0ffee00-0000-4000-8000-000000000002", "c0ffee00-0000-4000-8000-000000000003")


def build_examined(register: Register) -> None:
    """Each sample that writes has a person or an examination of its own, so that none sees what another one does."""
    register.institution(SCHOOL, "Liepājas Jūras vidusskola “Bāka & viļņi”", LIEPAJA, days("2010-09-01"), id=int(SCHOOL))
    people = {code: register.person(code, *names, born_on=_born(code)) for code, names in NAMES.items()}
    exams = [_exam("2025-CE-MAT-O", "MAT", "2024/25"), _exam("2026-CE-LAT-O", "LAT", "2025/26")]
    with register.databases.register.begin() as session:
        submit_candidates(session, _sender(), "build-1", exams, [_candidate("2025-CE-MAT-O", c) for c in (ELIZA, MARTINS, UNKNOWN)])
        submit_results(session, _sender(), "build-2", [], [_result("2025-CE-MAT-O", ELIZA, "78.5"), _result("2026-CE-LAT-O", ILZE, "42")])
        session.connection().exec_driver_sql("UPDATE examination SET published_at = '2025-07-01T06:00Z' WHERE code = '2025-CE-MAT-O'")
    _publish_before(register)
    register.add(_document(register, people[ELIZA]))
    _recall(register, people[TOMS])
    with register.databases.register.begin() as session:
        register_applicants(session, _sender(), "build-3", "2026", [Named("personal_code", "", MARTINS)])


def _publish_before(register: Register) -> None:
    """The result of the year before, known since then."""
    register.execute(
        "INSERT INTO exam_result (id, entry_id, identity_id, candidate_entry, examination_id, institution, outcome, scale, value, parts,"
        " certificate, threshold, passed, sender, sender_key, recorded) SELECT 5301, entry_id, identity_id, candidate_entry,"
        " examination_id, institution, outcome, scale, value, parts, certificate, threshold, passed, sender, sender_key,"
        " tstzrange('2025-07-01T06:00Z', NULL) FROM held_result WHERE sender_key = 'R-2025-CE-MAT-O-04050820011'"
    )
    register.execute("DELETE FROM held_result WHERE sender_key = 'R-2025-CE-MAT-O-04050820011'")
    with register.databases.register.begin() as session:
        new_results(session, [row[0] for row in register.execute("SELECT entry_id FROM exam_result WHERE id = 5301")])


def _recall(register: Register, person: int) -> None:
    """Three results of one person that were told and then corrected."""
    register.execute("SELECT setval(pg_get_serial_sequence('recall', 'id'), 8100)")
    with register.databases.register.begin() as session:
        exams = [_exam(f"2024-CE-{subject}-O", subject, "2023/24") for subject in ("MAT", "LAT", "ENG")]
        submit_results(session, _sender(), "build-4", exams, [_result(exam.code, TOMS, "61") for exam in exams])
        session.connection().exec_driver_sql("UPDATE examination SET published_at = '2024-07-01T06:00Z' WHERE school_year = '2023/24'")
    for number, message in enumerate(RECALLED):
        old, new = 5310 + 2 * number, 5311 + 2 * number
        for version, (row, value, recorded) in enumerate(((old, "61", "2024-07-01T06:00Z"), (new, "64", "2024-09-02T07:00Z")), 1):
            until = "'2024-09-02T07:00Z'" if row == old else "NULL"
            register.execute(
                "INSERT INTO exam_result (id, entry_id, identity_id, examination_id, institution, outcome, scale, value, threshold, passed,"
                " version, reason, sender, sender_key, recorded) SELECT :row, h.entry_id, h.identity_id, h.examination_id, h.institution,"
                " 'result', 'PCT', :value, h.threshold, true, :version, CASE WHEN :version = 2 THEN 'appeal' END, h.sender, h.sender_key,"
                f" tstzrange(:recorded, {until}) FROM held_result h JOIN examination e ON e.id = h.examination_id"
                " WHERE e.school_year = '2023/24' ORDER BY h.id OFFSET :number LIMIT 1",
                row=row, value=value, version=version, recorded=recorded, number=number,
            )  # fmt: skip
        with register.databases.register.begin() as session:
            recall(session, "examResult", [(old, new, "appeal")])
        register.execute(
            "INSERT INTO recall_recipient (recall_id, client, via, message_id) SELECT max(id), :client, 'feed', :message FROM recall",
            client=ALL_SERVICES, message=message,
        )  # fmt: skip
    register.execute("UPDATE recall SET corrected_at = '2024-09-02T07:00Z'")
    register.execute("UPDATE recall_recipient SET told_at = '2024-09-02T07:00Z'")
    register.execute("DELETE FROM held_result WHERE examination_id IN (SELECT id FROM examination WHERE school_year = '2023/24')")
    assert person


def _exam(code: str, subject: str, year: str) -> ExaminationItem:
    values = {"kind": "CE", "subject": subject, "level": "O", "school_year": year, "session": "main"}
    return ExaminationItem(code=code, held_on=f"20{year[5:]}-05-20", publish_at=datetime(2199, 7, 1, 6, tzinfo=UTC), **values)


def _candidate(examination: str, code: str) -> CandidateItem:
    given_name, surname = NAMES.get(code, ("Zane", "Zvirbule"))
    who = {"personal_code": code, "given_name": given_name, "surname": surname, "institution": SCHOOL}
    return CandidateItem(sender_key=f"C-{examination}-{code}", examination=examination, **who)


def _result(examination: str, code: str, value: str) -> ResultItem:
    given_name, surname = NAMES[code]
    who = {"personal_code": code, "given_name": given_name, "surname": surname, "institution": SCHOOL}
    announced = {"candidate": f"C-{examination}-{code}"} if examination == "2025-CE-MAT-O" else {}
    parts = [PartItem(name="1. daļa", percent="80"), PartItem(name="2. daļa", percent="77")]
    said = {"outcome": "result", "scale": "PCT", "value": value, "parts": parts, "certificate_number": f"{examination}-0017"}
    return ResultItem(sender_key=f"R-{examination}-{code}", examination=examination, **who, **announced, **said)


def _document(register: Register, person: int) -> EducationDocument:
    [[identity]] = register.execute("SELECT id FROM identity WHERE person_id = :person", person=person)
    values = {"series": "AT", "number": "004217", "issued_on": date(2025, 6, 20), "status": "valid", "document_type": "ATV"}
    marks = [["Matemātika", "M10", "8"], ["Latviešu valoda un literatūra", "M10", "9"], ["Sports un veselība", "A", None]]
    keys = {"id": int(SCHOOL), "entry_id": int(SCHOOL), "sender": ALL_SERVICES, "sender_key": "ATV-4217"}
    return EducationDocument(identity_id=identity, institution=SCHOOL, marks=marks, recorded=since(BEFORE), **values, **keys)


def _sender() -> Sender:
    return Sender(ALL_SERVICES, "LV-officer-1", "build", EVERYTHING, datetime(2026, 11, 1, 8, tzinfo=UTC))


def _born(code: str) -> date:
    return date(2000 + int(code[4:6]), int(code[2:4]), int(code[:2]))

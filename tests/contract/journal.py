"""What the samples of the journal tell of: a child of whom somebody was told, and copies in which it is."""

from datetime import UTC, datetime

from core.connections import cursor
from core.disclosure import Disclosure, record
from core.disclosures import copies, sealing
from core.model import Holding, MunicipalFeed
from tests.register import RIGA, Register

CHILD = "05061820081"
EDUCATION = "education-process.getPersonEducation"


def build_journal(register: Register) -> None:
    """A replica, a municipality's copy, a parent's look, a school's look: the newest last."""
    child, other = register.person(CHILD, given_name="Elīza", surname="Kalniņa"), register.person(given_name="Roberts", surname="Liepa")
    register.add(MunicipalFeed(name="riga", municipality=RIGA, purpose="schools of the city", legal_basis="Education Law s. 17"))
    register.add(
        Holding(
            entry_id=900_001, entity="affiliation", municipality=RIGA, version=1, person_id=child, hash=0, full_hash=0, content=[None] * 11
        )
    )
    with register.databases.register.begin() as session:
        copies.stand(cursor(session).execute, "viis_replica", datetime(2026, 9, 1, 5, tzinfo=UTC))
    for row in (
        Disclosure(
            *(datetime(2026, 10, 1, 6, tzinfo=UTC), "5f6f7a52-0c0e-4d57-9d2e-7b3b1f1f1d01", "LV-DEV/MUN/RIGA/schools", "LV-officer-7"),
            *(None, None, EDUCATION, "schools of the city", "Education Law s. 17", None, "ok", [child]),
        ),
        Disclosure(
            *(datetime(2026, 11, 25, 7, tzinfo=UTC), "municipal-feed/riga", "municipal-feed/riga", None, None, None, "municipalFeed"),
            *("schools of the city", "Education Law s. 17", None, "copied", [child, other]),
        ),
        Disclosure(
            *(datetime(2026, 11, 26, 9, 12, 3, 120045, tzinfo=UTC), "c0ffee00-0000-4000-8000-000000000002", "LV-DEV/GOV/VDAA/person"),
            *("LV05061920017", "guardian:05061920017", None, EDUCATION, "my data in education registers"),
            *("General Data Protection Regulation art. 15", None, "ok", [child]),
        ),
    ):
        record(register.databases.journal, row)
    sealing.seal(register.databases.register)

"""What a municipality's system sees in its database: views with the columns and types of the field, documented in Latvian and English.

The order of the columns is the order of the values in `holding`; a test compares it with core's. `@` before a name: only with the right
to health data.
"""

from collections.abc import Iterator
from typing import LiteralString, NamedTuple


class Column(NamedTuple):
    """A column of a view (skata kolonna): its name and type, what it means, and which value of the entry it is."""

    name: str
    type: LiteralString
    latvian: str
    english: str
    health: bool = False


class View(NamedTuple):
    """A view (skats) of one entity; `keys` are the values that look-ups go by."""

    name: str
    entity: str
    latvian: str
    english: str
    columns: tuple[Column, ...]
    keys: tuple[str, ...]


PERSON = (
    Column("personal_code", "text", "personas kods", "personal code"),
    Column("identifier_institution", "text", "iestāde, kas piešķīrusi identifikatoru", "institution that assigned the identifier"),
    Column("identifier", "text", "iestādes piešķirts identifikators, ja nav personas koda", "assigned identifier, without a personal code"),
    Column("given_name", "text", "vārds", "given name"),
    Column("surname", "text", "uzvārds", "surname"),
    Column("birth_date", "date", "dzimšanas datums", "date of birth"),
)
INSTITUTION = Column("institution", "text", "izglītības iestādes reģistrācijas numurs", "registration number of the institution")
PROGRAMME = Column("programme", "text", "izglītības programmas kods", "programme code", health=True)

VIEWS = (
    View(
        "affiliation",
        "affiliation",
        "Piederība: izglītojamais izglītības iestādē",
        "Affiliation: a learner in an institution",
        (
            *PERSON,
            INSTITUTION,
            Column("main", "boolean", "pamata piederība vispārējā izglītībā", "main affiliation in general education"),
            Column("class_level", "text", "klase (class_levels)", "class (class_levels)"),
            Column("class_group", "text", "klases grupa", "group of the class"),
            Column("study_form", "text", "izglītības ieguves forma (study_form_digit8)", "form of study (study_form_digit8)"),
            Column("language", "text", "valoda (programme_language_digit7)", "language (programme_language_digit7)"),
            Column("status", "text", "statuss (enrolment_status)", "status (enrolment_status)"),
            Column("started_on", "date", "pirmā diena", "first day"),
            Column("ended_on", "date", "pēdējā diena", "last day"),
            Column("start_order", "text", "uzņemšanas rīkojuma numurs", "number of the order of enrolment"),
            Column("end_order", "text", "atskaitīšanas rīkojuma numurs", "number of the order that ends it"),
            PROGRAMME,
            Column("end_reason", "text", "beigu iemesls (enrolment_end_reason)", "reason of the end (enrolment_end_reason)", health=True),
        ),
        ("personal_code", "institution"),
    ),
    View(
        "teaching_post",
        "teachingPost",
        "Pedagoga amats izglītības iestādē",
        "Teaching post at an institution",
        (
            *PERSON,
            INSTITUTION,
            Column("post", "text", "amats", "post"),
            Column("load", "numeric", "likme", "load, 1 is full time"),
            Column("started_on", "date", "pirmā diena", "first day"),
            Column("ended_on", "date", "pēdējā diena", "last day"),
        ),
        ("personal_code", "institution"),
    ),
    View(
        "education_document",
        "educationDocument",
        "Izglītības dokuments",
        "Education document",
        (
            *PERSON,
            INSTITUTION,
            Column("document_type", "text", "dokumenta veids (document_types)", "type of document (document_types)"),
            Column("series", "text", "sērija", "series"),
            Column("number", "text", "numurs", "number"),
            Column("issued_on", "date", "izsniegšanas datums", "day of issue"),
            Column(
                "status",
                "text",
                "statuss: valid derīgs, annulled anulēts, lost nederīgs, duplicated izsniegts dublikāts, extracted izsniegts noraksts",
                "status: valid, annulled, lost (invalid), duplicated (a duplicate was issued), extracted (an extract was issued)",
            ),
            PROGRAMME,
        ),
        ("personal_code", "institution"),
    ),
    View(
        "institution",
        "institution",
        "Izglītības iestāde",
        "Institution",
        (
            Column("registration_number", "text", "reģistrācijas numurs", "registration number"),
            Column("name", "text", "nosaukums", "name"),
            Column("type", "text", "tips (institution_type_regnr_digits3_4)", "type (institution_type_regnr_digits3_4)"),
            Column("kind", "text", "veids (institution_kind_veids)", "kind (institution_kind_veids)"),
            Column("subordination", "text", "pakļautība (subordination_regnr_digits5_6)", "subordination (subordination_regnr_digits5_6)"),
            Column("legal_status", "text", "juridiskais statuss (institution_legal_status)", "legal status (institution_legal_status)"),
            Column("municipality", "text", "pašvaldība, ATVK kods", "municipality, ATVK code"),
            Column("address", "text", "adrese", "address"),
            Column("postcode", "text", "pasta indekss", "postcode"),
            Column("opened_on", "date", "atvērta", "opened on"),
            Column("closed_on", "date", "slēgta", "closed on"),
        ),
        ("registration_number",),
    ),
    View(
        "programme",
        "programme",
        "Izglītības iestādes piedāvāta izglītības programma",
        "Programme that an institution offers",
        (
            INSTITUTION,
            Column("code", "text", "izglītības programmas kods", "programme code"),
            Column("name", "text", "nosaukums", "name"),
            Column("lki_level", "text", "LKI līmenis (lki_eqf_levels)", "level of the Latvian qualifications framework (lki_eqf_levels)"),
            Column("offered_from", "date", "pirmā diena", "first day"),
            Column("offered_to", "date", "pēdējā diena", "last day"),
        ),
        ("institution",),
    ),
)


def places(view: View) -> Iterator[tuple[Column, str]]:
    """Each column with the place of its value: those of health stand in an array of their own."""
    for array in ("content", "health"):
        shown = [column for column in view.columns if column.health == (array == "health")]
        yield from ((column, f"{array}[{number}]") for number, column in enumerate(shown, 1))

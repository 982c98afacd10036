"""A child's element as core's record: text where there is text, None where there is none, nothing judged."""

from lxml import etree

from adapters.population_register import NAMESPACE
from core.people import ChildRecord, GuardianRecord

CHILD = f"{{{NAMESPACE}}}child"
FORMER, RESIDENCE, GUARDIANS = (f"{{{NAMESPACE}}}{name}" for name in ("formerPersonalCodes", "residence", "guardians"))
# Where an element's text goes in ChildRecord; `restricted` is translated, the other places are filled from inside an element.
PLACES = {
    f"{{{NAMESPACE}}}{name}": place
    for place, name in enumerate(("personalCode", "givenName", "surname", "birthDate", "deathDate", "status", "restricted"))
}
RESTRICTED = PLACES[f"{{{NAMESPACE}}}restricted"]
RESIDENCE_PLACES = {f"{{{NAMESPACE}}}{name}": place for place, name in enumerate(("municipality", "address", "from"), RESTRICTED + 1)}
GUARDIAN_PLACES = {f"{{{NAMESPACE}}}{name}": place for place, name in enumerate(("kind", "personalCode", "careInstitution", "from"))}
BOOLEANS = {"true": True, "1": True, "false": False, "0": False}


def child_record(element: etree._Element) -> ChildRecord:
    """What one `child` element says."""
    row: list[str | None] = [None] * 10
    former: tuple[str, ...] = ()
    guardians: tuple[GuardianRecord, ...] = ()
    for field in element:
        tag = field.tag
        place = PLACES.get(tag)
        if place is not None:
            row[place] = field.text
        elif tag == RESIDENCE:
            row[RESTRICTED + 1] = ""  # A residence without a municipality is still one that somebody declared.
            for part in field:
                place = RESIDENCE_PLACES.get(part.tag)
                if place is not None:
                    row[place] = part.text
        elif tag == GUARDIANS:
            guardians = tuple(map(_guardian, field))
        elif tag == FORMER:
            former = tuple(code.text or "" for code in field)
    restricted = BOOLEANS.get(row[RESTRICTED] or "")
    return ChildRecord(*row[:RESTRICTED], restricted, *row[RESTRICTED + 1 :], former, guardians)  # type: ignore[arg-type, call-arg]


def _guardian(element: etree._Element) -> GuardianRecord:
    row: list[str | None] = [None] * 4
    for part in element:
        place = GUARDIAN_PLACES.get(part.tag)
        if place is not None:
            row[place] = part.text
    return GuardianRecord(*row)

"""How the stand-in writes a person and a change in XML, from the lines of the made-up nation."""

from typing import Any
from xml.sax.saxutils import escape

CHILD = (b"<child>", b"</child>")
PERSON = (b"<person>", b"</person>")


def child(person: dict[str, Any]) -> bytes:
    """One entry of listChildren; the default namespace is the contract's."""
    return b"<child>" + content(person).encode() + b"</child>"


def as_person(fragment: bytes) -> bytes:
    """The same entry as getPerson gives it."""
    return PERSON[0] + fragment[len(CHILD[0]) : -len(CHILD[1])] + PERSON[1]


def change(line: dict[str, Any]) -> bytes:
    """One entry of listPersonChanges."""
    head = f"<position>{line['position']}</position><kind>{line['kind']}</kind><occurredOn>{line['occurred_on']}</occurredOn>"
    return f"<change>{head}<person>{content(line['person'])}</person></change>".encode()


def content(person: dict[str, Any]) -> str:
    """What stands inside a person's element, in the contract's order."""
    former = "".join(f"<personalCode>{code}</personalCode>" for code in person["former_codes"])
    died = person["died_on"]
    residence = person["residence"]
    guardians = "".join(map(_guardian, person["guardians"]))
    return (
        f"<personalCode>{person['code']}</personalCode>"
        + (f"<formerPersonalCodes>{former}</formerPersonalCodes>" if former else "")
        + f"<givenName>{escape(person['given_name'])}</givenName><surname>{escape(person['surname'])}</surname>"
        f"<birthDate>{person['born_on']}</birthDate>"
        + (f"<deathDate>{died}</deathDate>" if died else "")
        + f"<status>{person['status']}</status><restricted>{'true' if person['restricted'] else 'false'}</restricted>"
        + (_residence(residence) if residence else "")
        + (f"<guardians>{guardians}</guardians>" if guardians else "")
    )


def _residence(residence: dict[str, Any]) -> str:
    address = residence.get("address")
    return (
        f"<residence><municipality>{residence['municipality']}</municipality>"
        + (f"<address>{escape(address)}</address>" if address else "")
        + f"<from>{residence['from']}</from></residence>"
    )


def _guardian(guardian: dict[str, Any]) -> str:
    optional = (("personalCode", "code"), ("careInstitution", "care_institution"), ("givenName", "given_name"), ("surname", "surname"))
    inside = "".join(f"<{element}>{escape(guardian[key])}</{element}>" for element, key in optional if guardian.get(key))
    return f"<guardian><kind>{guardian['kind']}</kind>{inside}<from>{guardian['from']}</from></guardian>"

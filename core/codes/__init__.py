"""Code lists (klasifikatori): CSV files that come with the program and are loaded into the register.

`lists.csv` names each list, its version and since when it is in force; a new version of a list is a new row there. The values of a list
stand in `<name>.csv` (code, name_lv, name_en, source, confidence, further columns); what else a row says becomes its attributes.
"""

import csv
from collections.abc import Iterator
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from sqlalchemy.dialects.postgresql import Range, insert
from sqlalchemy.orm import Session

from core.model import CodeList, CodeValue, Municipality, MunicipalitySuccession, Territory

NAMED_COLUMNS = {"code", "name_lv", "name_en", "source", "confidence", "valid_from", "valid_to"}
TERRITORIES_SINCE, TERRITORIES_UNTIL = date(2009, 7, 1), date(2021, 7, 1)
# Varakļāni merged into Madona (ATVK, 01.07.2025).
SUCCESSIONS = [{"predecessor": "0055000", "successor": "0038000", "since": date(2025, 7, 1)}]


class ListHead(NamedTuple):
    """One line of `lists.csv`."""

    name: str
    version: str
    valid_from: str
    title_lv: str
    title_en: str


def rows(name: str) -> Iterator[dict[str, str]]:
    """The rows of one CSV file, as they stand there."""
    yield from csv.DictReader((files(__name__) / f"{name}.csv").read_text(encoding="utf-8").splitlines())


def holds(row: dict[str, str], day: date) -> bool:
    """Whether a row holds on a day; a period holds on its first and its last day."""
    return (row["valid_from"] or "0001-01-01") <= day.isoformat() <= (row["valid_to"] or "9999-12-31")


@cache
def heads() -> tuple[ListHead, ...]:
    """All code lists with their versions."""
    return tuple(ListHead(**row) for row in rows("lists"))


def versions() -> dict[str, str]:
    """List name → version in force, for those who put a version beside a code."""
    return {head.name: head.version for head in heads()}


def load(session: Session) -> None:
    """Brings lists, municipalities and territories of the register to what the files say; nothing changes the second time."""
    for head in heads():
        valid = Range(date.fromisoformat(head.valid_from), None)
        session.execute(
            insert(CodeList)
            .values(name=head.name, version=head.version, title_lv=head.title_lv, title_en=head.title_en, valid=valid)
            .on_conflict_do_nothing()
        )
        values = [_value(head, position, row) for position, row in enumerate(rows(head.name))]
        session.execute(insert(CodeValue).on_conflict_do_nothing(), values)
    session.execute(insert(Municipality).on_conflict_do_nothing(), [_municipality(row) for row in rows("atvk_municipalities")])
    session.execute(insert(MunicipalitySuccession).on_conflict_do_nothing(), SUCCESSIONS)
    session.execute(insert(Territory).on_conflict_do_nothing(), [_territory(row) for row in rows("atvk_old_to_new")])


def _value(head: ListHead, position: int, row: dict[str, str]) -> dict[str, object]:
    return {
        "list": head.name,
        "version": head.version,
        "position": position,
        "code": row["code"],
        "name_lv": row["name_lv"],
        "name_en": row["name_en"] or None,
        "source": row["source"] or None,
        "valid": _valid(row),
        "attributes": {key: value for key, value in row.items() if key and value and key not in NAMED_COLUMNS},
    }


def _municipality(row: dict[str, str]) -> dict[str, object]:
    return {
        "code": row["code"],
        "name_lv": row["name_lv"],
        "name_en": row["name_en"],
        "iso_code": row["iso3166_2"],
        "kind": row["kind"],
        "valid": _valid(row),
    }


def _territory(row: dict[str, str]) -> dict[str, object]:
    return {"name": row["old_unit_2009_2021"], "municipality": row["code"], "valid": Range(TERRITORIES_SINCE, TERRITORIES_UNTIL)}


def _valid(row: dict[str, str]) -> Range[date]:
    """A period holds on its first and its last day, so the range ends before the day after; the cell may go on with a remark."""
    first, last = row.get("valid_from") or "", (row.get("valid_to") or "")[:10]
    return Range(
        date.fromisoformat(first) if first else None,
        date.fromisoformat(last) + timedelta(days=1) if last else None,
    )

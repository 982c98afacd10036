"""Reading code lists (klasifikatori): the lists in force on a day and their values, in pages."""

from collections.abc import Sequence
from datetime import date
from typing import Any, NamedTuple

from sqlalchemy.orm import Session

from core import paging
from core.connections import fetch_all
from core.errors import InvalidCursor, UnknownCodeList
from core.reading import INSTANT, check_day


class CodeList(NamedTuple):
    """A version of a code list (klasifikatora versija)."""

    name: str
    version: str
    title_lv: str
    title_en: str
    valid_from: str | None
    valid_to: str | None


class CodeAttribute(NamedTuple):
    """Something more that a list says of a value, such as a threshold in percent."""

    name: str
    value: str


class CodeValue(NamedTuple):
    """A value of a code list (klasifikatora vērtība)."""

    list: str
    version: str
    code: str
    name_lv: str
    name_en: str | None
    valid_from: str | None
    valid_to: str | None
    attributes: Sequence[CodeAttribute]


class CodesPage(NamedTuple):
    """The lists, one page of their values (lapa), and the cursor of the next one."""

    data_as_of: str
    lists: Sequence[CodeList]
    values: Sequence[CodeValue]
    next_cursor: str | None


# One statement: the lists once, their values by list and position.
CODES = f"""
WITH chosen AS (
    SELECT name, version, title_lv, title_en, valid FROM code_list
    WHERE valid @> %(on)s::date AND (%(list)s::text IS NULL OR name = %(list)s)),
page AS (
    SELECT v.* FROM code_value v JOIN chosen c ON c.name = v.list AND c.version = v.version
    WHERE (v.list COLLATE "C", v.position) > (%(after_list)s, %(after_position)s)
    ORDER BY v.list COLLATE "C", v.position LIMIT %(limit)s)
SELECT {INSTANT.format("data_instant()")},
    (SELECT coalesce(json_agg(json_build_array(c.name, c.version, c.title_lv, c.title_en, lower(c.valid), upper(c.valid) - 1)
                              ORDER BY c.name COLLATE "C"), '[]') FROM chosen c),
    (SELECT coalesce(json_agg(json_build_array(v.list, v.version, v.code, v.name_lv, v.name_en, lower(v.valid), upper(v.valid) - 1,
            (SELECT coalesce(json_agg(json_build_array(a.key, a.value) ORDER BY a.key), '[]') FROM jsonb_each_text(v.attributes) a),
            v.position) ORDER BY v.list COLLATE "C", v.position), '[]') FROM page v)
"""


def codes_page(session: Session, name: str | None, on: date, cursor: str | None, size: int) -> CodesPage:
    """One page of values of one list, or of all; a name that is no list's is refused."""
    check_day(on)
    question = ("listCodes", name, on)
    after_list, after_position = "", -1
    if cursor is not None:
        match paging.take(question, cursor):
            case [str() as after_list, int() as after_position]:
                pass
            case _:
                raise InvalidCursor
    parameters: dict[str, Any] = {"list": name, "on": on, "after_list": after_list, "after_position": after_position, "limit": size + 1}
    [(data_as_of, lists, values)] = fetch_all(session, CODES, parameters)
    if name is not None and not lists:
        raise UnknownCodeList
    lines = values[:size]
    more = paging.give(question, [lines[-1][0], lines[-1][-1]]) if len(values) > size else None
    return CodesPage(data_as_of, lists, [line[:-1] for line in lines], more)

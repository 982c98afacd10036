"""Words of the register's codes (kodu nosaukumi) in Latvian and English, as an ELMO document has them: read once from the code lists."""

from functools import cache
from typing import NamedTuple

from core import codes
from core.examinations.scales import CEFR, LETTERS, LEVELS, PERCENT, TEN_POINT


class Words(NamedTuple):
    """The same in both languages; a document's own words are in Latvian alone."""

    lv: str
    en: str | None = None


STATUSES = {
    "valid": Words("derīgs", "valid"),
    "annulled": Words("anulēts", "annulled"),
    "lost": Words("nozaudēts", "lost"),
    "duplicated": Words("izsniegts dublikāts", "a duplicate was issued"),
    "extracted": Words("izsniegts izraksts", "an extract was issued"),
}
# What stands for what in scales whose values are not explained by a list.
VALUES = {
    PERCENT: Words("Skaitlis no 0 līdz 100, ne vairāk kā divas zīmes aiz komata.", "A number from 0 to 100, at most two decimal places."),
    LETTERS: Words("A ir augstākais, F zemākais.", "A is the highest, F the lowest."),
    CEFR: Words(f"{', '.join(LEVELS)}.", f"{', '.join(LEVELS)}: levels of the Common European Framework of Reference for Languages."),
    "STAP": Words("S sācis, T turpina, A apguvis, P apguvis padziļināti.", "S started, T continues, A mastered, P mastered in depth."),
    "INI": Words("i ieskaitīts, ni neieskaitīts.", "i passed, ni failed."),
}


def words(name: str, code: str) -> Words:
    """What a code list says of a code; a code that it does not hold stands for itself."""
    return _list(name).get(code, Words(code))


def scale(code: str) -> Words:
    """A grading scheme in words: what it is called, and what its values mean."""
    called, meaning = words("exam_result_scale", code), _marks() if code == TEN_POINT else VALUES.get(code)
    if meaning is None:
        return called
    return Words(f"{called.lv}. {meaning.lv}", f"{called.en}. {meaning.en}")


@cache
def levels() -> dict[str, str]:
    """Type of document → level of the national framework, which is that of the European one; types that have one level alone."""
    return {row["code"]: row["lki_level"] for row in codes.rows("document_types") if row["lki_level"].isdigit()}


@cache
def _list(name: str) -> dict[str, Words]:
    return {row["code"]: Words(row["name_lv"], row["name_en"] or None) for row in codes.rows(name)}


def _marks() -> Words:
    marks = _list("marks_10_point").items()
    return Words(*(f"{'; '.join(f'{code} {words[language]}' for code, words in marks)}." for language in (0, 1)))

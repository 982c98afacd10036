"""The workbook's words: every code has a meaning in both languages, every service of a contract a name."""

import re

from adapters.contracts import Contracts
from adapters.faults import FAULTS, REFUSALS
from adapters.indicators.definitions import DEFINITIONS
from adapters.indicators.meanings import MEANINGS, meaning
from adapters.indicators.words import LANGUAGES, SERVICES, Language, Titles, Word


def test_every_refusal_and_every_fault_has_a_meaning_in_both_languages() -> None:
    codes = [*REFUSALS.values(), *(code for code, _ in FAULTS.values())]
    assert [code for code in codes if code not in MEANINGS] == []
    assert [code for code, word in MEANINGS.items() if not word.lv.strip() or not word.en.strip()] == []
    assert meaning("R-0101").lv == "nav piekļuves tiesību"


def test_every_service_of_a_contract_has_a_name() -> None:
    contracts = Contracts.load()
    assert [name for name in contracts.services if name not in SERVICES] == []
    assert Titles(contracts).of("indicators", "getServiceIndicators").en == "Indicators of use of the services"


def test_definitions_are_said_in_both_languages() -> None:
    for term, text, source in DEFINITIONS:
        assert all(part.strip() for part in (*term, *text, source))
        assert not re.search("  ", text.lv + text.en)


def test_a_language_says_a_word_alone_or_beside_the_other() -> None:
    word = Word("Mēnesis", "Month")
    assert [Language(name).line(word) for name in LANGUAGES] == ["Mēnesis", "Month", "Mēnesis / Month"]
    assert Language("both").line(Word("MB", "MB")) == "MB"

"""Words of the workbook in Latvian and English (darbgrāmatas vārdi)."""

from typing import NamedTuple

from adapters.contracts import Contracts

MONTHS_LV = (
    *("janvāris", "februāris", "marts", "aprīlis", "maijs", "jūnijs"),
    *("jūlijs", "augusts", "septembris", "oktobris", "novembris", "decembris"),
)
MONTHS_EN = ("January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December")


class Word(NamedTuple):
    """A word, or a sentence, in both languages."""

    lv: str
    en: str


class Language(NamedTuple):
    """Which of the two are shown (valoda): `lv`, `en` or `both`."""

    name: str

    def line(self, word: Word) -> str:
        """In one line."""
        return self._said(word, " / ")

    def head(self, word: Word) -> str:
        """As a column's heading: one above the other."""
        return self._said(word, "\n")

    def sheet(self, word: Word) -> str:
        """As a sheet's name, which has at most 31 letters: where both find no room, the first."""
        name = self._said(word, " · ")
        return name if len(name) <= LONGEST_NAME else word.lv

    @property
    def both(self) -> bool:
        """Whether both are shown."""
        return self.name == "both"

    def _said(self, word: Word, between: str) -> str:
        if not self.both:
            return word.lv if self.name == "lv" else word.en
        return word.lv if word.lv == word.en else f"{word.lv}{between}{word.en}"


LONGEST_NAME = 31
LANGUAGES = ("lv", "en", "both")
SERVICES = {
    "education-process": Word("Izglītības process", "Education process"),
    "accreditation": Word("Licencēšana un akreditācija", "Licensing and accreditation"),
    "examinations": Word("Valsts pārbaudījumi", "State examinations"),
    "achievements": Word("Sasniegumi vienotajai uzņemšanai", "Achievements for admission"),
    "non-studying-children": Word("Nemācošie bērni", "Non-studying children"),
    "disclosures": Word("Datu izsniegšanas žurnāls", "Disclosures"),
    "indicators": Word("Izmantošanas rādītāji", "Indicators of use"),
    "avus-intake": Word("Ziņojumi uzņemšanas sistēmai", "Messages to the admission system"),
}
# What is called and not served has no contract among ours.
CALLED = {("avus-intake", "deliverMessage"): Word("Nodot ziņojumu uzņemšanas sistēmai", "Deliver a message to the admission system")}
UNKNOWN = Word("nav zināms", "not known")
OUTCOMES = {"refused": Word("atteikts", "refused"), "failed": Word("neizdevies", "failed")}
GAPS = {
    "lost": Word("izsaukumi zaudēti", "calls were lost"),
    "silent": Word("process apklusa, nepabeidzot darbu", "a process fell silent without ending"),
    "before": Word("žurnāla vēl nebija", "the log had not begun"),
}


def month(number: int) -> Word:
    """A month's name."""
    return Word(MONTHS_LV[number - 1], MONTHS_EN[number - 1])


def service_title(service: str) -> Word:
    """What a service is called; its name in the contract when nobody gave it another."""
    return SERVICES.get(service, Word(service, service)) if service else UNKNOWN


class Titles:
    """What operations are called, by their contracts."""

    def __init__(self, contracts: Contracts) -> None:
        self._titles = CALLED | {
            (service.name, code): Word(operation.title["lv"], operation.title["en"])
            for service in contracts.services.values()
            for code, operation in service.operations.items()
        }

    def of(self, service: str, operation: str) -> Word:
        """The title, nothing when the contract does not know the operation."""
        return self._titles.get((service, operation), Word("", "") if operation else UNKNOWN)

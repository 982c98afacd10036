"""The rules of compulsory age in words (noteikumi vārdos), Latvian and English: what a rule saw, and what would change its outcome."""

from collections.abc import Callable
from datetime import date
from typing import NamedTuple

from core import compulsory_age as age
from core.compulsory_age import DutyRules, Facts, Stay, compulsory_period


class Said(NamedTuple):
    """The same in Latvian and in English."""

    lv: str
    en: str


class Words(NamedTuple):
    """What a rule saw; what would make it apply no longer, and what would make it apply."""

    seen: Said
    to_end: Said
    to_begin: Said

    def would_change(self, applies: bool) -> Said:
        """What would change the outcome."""
        return self.to_end if applies else self.to_begin


REASONS = {
    age.NEVER_ENROLLED: Said("Nekad nav bijis nevienā izglītības iestādē.", "Was never in any institution."),
    age.LEFT_UNKNOWN: Said("Atstājis iestādi, tālākais nav zināms.", "Left an institution; where to is not known."),
    age.TRANSFER_UNCONFIRMED: Said("Pāreja uz citu iestādi nav apstiprināta.", "A transfer to another institution is not confirmed."),
    age.NON_QUALIFYING_ONLY: Said("Tikai programmas, kas pienākumu nepilda.", "Only programmes that do not fulfil the duty."),
    age.SUSPENDED_TOO_LONG: Said("Mācības pārtrauktas ilgāk, nekā pieļaujams.", "Studies are suspended longer than allowed."),
}


def put_into_words(rule: str, facts: Facts, on: date, rules: DutyRules) -> Words:
    """A rule for this child on this day."""
    return _WORDS[rule](facts, on, rules)


def _alive(facts: Facts, on: date, rules: DutyRules) -> Words:
    known = facts.died_on.isoformat() if facts.died_on else None
    seen = Said(f"Miršanas diena: {known}.", f"Day of death: {known}.") if known else Said("Miris.", "Deceased.")
    if not facts.deceased and known is None:
        seen = Said("Par miršanu ziņu nav.", "No death is recorded.")
    return Words(
        seen,
        Said("Ja iedzīvotāju reģistrs atsauktu ziņu par miršanu.", "If the population register withdrew the death."),
        Said("Ja iedzīvotāju reģistrs ziņotu par miršanu.", "If the population register told of a death."),
    )


def _age(facts: Facts, on: date, rules: DutyRules) -> Words:
    if facts.born_on is None:
        return Words(
            Said("Dzimšanas datums nav zināms.", "The birth date is not known."),
            Said("Ja iedzīvotāju reģistrs norādītu dzimšanas datumu.", "If the population register gave a birth date."),
            Said("Šajā gadījumā – nekas.", "In this case, nothing."),
        )
    first, last = compulsory_period(facts.born_on, rules)
    period = f"{first} – {last}"
    return Words(
        Said(f"Dzimis {facts.born_on}; pienākums ir spēkā {period}.", f"Born on {facts.born_on}; the duty holds {period}."),
        Said(f"Diena no {first} līdz {last} vai cits dzimšanas datums.", f"A day from {first} to {last}, or another birth date."),
        Said(f"Diena pirms {first} vai pēc {last}.", f"A day before {first} or after {last}."),
    )


def _residence(facts: Facts, on: date, rules: DutyRules) -> Words:
    return Words(
        Said("Šajā dienā ir deklarēta dzīvesvieta Latvijā.", "A residence in Latvia is declared on this day.")
        if facts.resident
        else Said("Šajā dienā deklarētas dzīvesvietas Latvijā nav.", "No residence in Latvia is declared on this day."),
        Said("Ja dzīvesvieta Latvijā būtu deklarēta.", "If a residence in Latvia were declared."),
        Said("Ja deklarētās dzīvesvietas vairs nebūtu.", "If there were no declared residence any more."),
    )


def _document(facts: Facts, on: date, rules: DutyRules) -> Words:
    days = sorted(day.isoformat() for kind, day in facts.documents if kind in rules.basic_documents)
    said = ", ".join(days)
    return Words(
        Said(f"Pamatizglītības dokuments izsniegts: {said}.", f"A document of basic education was issued: {said}.")
        if days
        else Said("Pamatizglītības dokumenta nav.", "There is no document of basic education."),
        Said("Ja dokuments būtu anulēts.", "If the document were annulled."),
        Said(
            "Ja līdz šai dienai būtu izsniegts pamatizglītības dokuments.", "If a document of basic education had been issued by this day."
        ),
    )


def _exemption(facts: Facts, on: date, rules: DutyRules) -> Words:
    said = ", ".join(f"{first} – {last or '…'}" for first, last in facts.exemptions)
    return Words(
        Said(f"Atbrīvojumi: {said}.", f"Exemptions: {said}.") if said else Said("Atbrīvojumu nav.", "There are no exemptions."),
        Said("Ja atbrīvojums šajā dienā nebūtu spēkā.", "If no exemption were in force on this day."),
        Said("Ja šajā dienā būtu spēkā atbrīvojums.", "If an exemption were in force on this day."),
    )


def _affiliation(facts: Facts, on: date, rules: DutyRules) -> Words:
    counting = [stay for stay in facts.stays if age.qualifies(stay, rules)]
    others = sum(stay.status != age.IN_ERROR for stay in facts.stays) - len(counting)
    said = ", ".join(f"{stay.first} – {stay.last or '…'} ({_status(stay)})" for stay in counting) or "–"
    allowed = rules.suspended_days
    return Words(
        Said(
            f"Piederības programmās, kas pienākumu pilda: {said}; citās: {others}. Pārtraukums pieļaujams {allowed} dienas.",
            f"Affiliations in programmes that fulfil the duty: {said}; in others: {others}. Suspension is allowed for {allowed} days.",
        ),
        Said("Ja piederība izbeigtos.", "If the affiliation ended."),
        Said("Ja izglītības iestāde iesniegtu aktīvu piederību.", "If an institution submitted an active affiliation."),
    )


def _status(stay: Stay) -> str:
    """The status, and since when studies are suspended."""
    return f"{stay.status} {stay.suspended_on or stay.first}" if stay.status == age.SUSPENDED else stay.status


_WORDS: dict[str, Callable[[Facts, date, DutyRules], Words]] = {
    age.NOT_ALIVE: _alive,
    age.OUTSIDE_AGE: _age,
    age.NO_RESIDENCE: _residence,
    age.DOCUMENTED: _document,
    age.EXEMPT: _exemption,
    age.ENROLLED: _affiliation,
}

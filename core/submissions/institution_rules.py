"""The rules on an institution that is submitted (iestādes datu pārbaude): what it changes, or the rule that it breaks."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from core.access import ScopeKind
from core.errors import (
    InvalidItem,
    InvalidPeriod,
    OutsideScope,
    RetiredProgramme,
    UnknownCode,
    UnknownInstitution,
    UnknownMunicipality,
    VersionConflict,
)
from core.periods import EVER, Period, difference, held_on, nearest, said_between, said_from
from core.reading import FIRST_DAY
from core.submissions.institution_items import Change, Held, InstitutionItem, Offer, OfferedProgramme, Profile, Succession, day, tidy
from core.submissions.items import check_period
from core.submissions.known import Known

TYPES, KINDS, LEVELS = "institution_type_regnr_digits3_4", "institution_kind_veids", "lki_eqf_levels"
SUBORDINATIONS, LEGAL_STATUSES = "subordination_regnr_digits5_6", "institution_legal_status"
SUCCESSION_KINDS = frozenset({"merger", "division"})
_programme_code = re.compile(r"[0-9]{2}[0-9VTP][0-9]{5}").fullmatch
_number = re.compile(r"[0-9]{10}").fullmatch
_control = re.compile(r"[\x00-\x1f\x7f]").search


@dataclass(frozen=True, slots=True)
class Judge:
    """What items are judged by: the register's codes and municipalities, what it holds, and how far the sender's scope reaches today.

    A municipality stands with the day on which it was there no more. `reached` are the numbers of a scope of institutions, or the
    municipalities of a scope of these, with those that merged into them.
    """

    known: Known
    municipalities: Mapping[str, date]
    held: dict[str, Held]
    kind: ScopeKind
    reached: frozenset[str]
    today: date

    def change(self, item: InstitutionItem) -> Change:
        """What the item changes; raises the rule that it breaks."""
        _check_form(item)
        since = day(item.valid_from)
        held = self.held.get(item.registration_number, Held())
        before, shown = held_on(held.profiles, since), nearest(held.profiles, since)
        said = self._profile(item, shown)
        self._check_scope(item.registration_number, held, said, shown)
        self._check_codes(said, before.said if before else None, since)
        if item.expected_version is not None and item.expected_version != (shown and shown.key):
            raise VersionConflict
        closed, profiles = difference(held.profiles, said_from(held.profiles, since, said))
        return Change(closed, profiles, *self._predecessors(item, held), *self._offers(item, held))

    def _profile(self, item: InstitutionItem, before: Period[Profile] | None) -> Profile:
        said = Profile(
            tidy(item.name) or "",
            item.type,
            item.kind,
            item.subordination,
            item.legal_status,
            item.municipality,
            tidy(item.address),
            tidy(item.postcode),
            day(item.opened_on) if item.opened_on else None,
            day(item.closed_on) if item.closed_on else None,
        )
        if self.kind is not ScopeKind.INSTITUTIONS or before is None:
            return said
        # What an institution does not decide of itself stays as it is when it is left out.
        kept = ("legal_status_code", "municipality", "opened_on", "closed_on")
        return said._replace(**{name: getattr(before.said, name) for name in kept if getattr(said, name) is None})

    def _check_scope(self, number: str, held: Held, said: Profile, shown: Period[Profile] | None) -> None:
        """Theirs, now and on the day, and theirs afterwards; an institution says of itself what is for it to say."""
        match self.kind:
            case ScopeKind.EVERYTHING:
                return
            case ScopeKind.MUNICIPALITIES:
                places = {said.municipality, shown.said.municipality if shown else said.municipality}
                if places <= self.reached and (not held.profiles or self._is_reached(number)):
                    return
            case ScopeKind.INSTITUTIONS:
                if shown and number in self.reached and _decided_by_others(said) == _decided_by_others(shown.said):
                    return
        raise OutsideScope

    def _is_reached(self, number: str) -> bool:
        if self.kind is not ScopeKind.MUNICIPALITIES:
            return self.kind is ScopeKind.EVERYTHING or number in self.reached
        today = nearest(self.held.get(number, Held()).profiles, self.today)
        return today is not None and today.said.municipality in self.reached

    def _check_codes(self, said: Profile, before: Profile | None, on: date) -> None:
        """A code that stays is not judged again."""
        lists = {"type_code": TYPES, "kind_code": KINDS, "subordination_code": SUBORDINATIONS, "legal_status_code": LEGAL_STATUSES}
        for name, code_list in lists.items():
            if before is None or getattr(before, name) != getattr(said, name):
                self.known.check_code(code_list, getattr(said, name), on.isoformat(), on.isoformat())
        new = said.municipality is not None and (before is None or before.municipality != said.municipality)
        # The codes of 2021 stand for their territory before that year, too.
        if new and on >= self.municipalities.get(said.municipality or "", EVER):
            raise UnknownMunicipality

    def _predecessors(self, item: InstitutionItem, held: Held) -> tuple[list[int], dict[str, Succession]]:
        if item.predecessors is None:
            return [], {}
        said = {one.institution: Succession(one.kind, day(one.since)) for one in item.predecessors}
        if len(said) < len(item.predecessors) or item.registration_number in said:
            raise InvalidItem("A predecessor stands there once, and an institution does not continue itself.")
        gone = [number for number, was in held.predecessors.items() if number not in said or said[number][:2] != was[:2]]
        added = {number: one for number, one in said.items() if number not in held.predecessors or number in gone}
        for number in {*gone, *added}:
            if number not in self.held:
                raise UnknownInstitution("There is no institution with the registration number of a predecessor.")
            if not self._is_reached(number):
                raise OutsideScope("A predecessor is outside what the sender may submit for.")
        return [key for number in gone if (key := held.predecessors[number].key) is not None], added

    def _offers(self, item: InstitutionItem, held: Held) -> tuple[list[int], list[tuple[str, Period[Offer]]]]:
        by_code: dict[str, list[OfferedProgramme]] = {}
        for programme in sorted(item.programmes or (), key=lambda one: one.offered_from):
            by_code.setdefault(programme.code, []).append(programme)
        closed: list[int] = []
        added: list[tuple[str, Period[Offer]]] = []
        for code, programmes in by_code.items():
            _check_apart(programmes)
            before = held.offers.get(code, [])
            now = before
            for programme in programmes:
                offer = Offer(tidy(programme.name) or "", programme.lki_level)
                then = said_between(now, day(programme.offered_from), programme.after, offer)
                if then != now:
                    self._check_offer(programme)
                now = then
            gone, new = difference(before, now)
            closed += gone
            added += [(code, period) for period in new]
        return closed, added

    def _check_offer(self, programme: OfferedProgramme) -> None:
        self.known.check_code(LEVELS, programme.lki_level, programme.offered_from, programme.offered_to)
        if self.known.is_retired(programme.code, programme.offered_from):
            raise RetiredProgramme("This programme code had ended by the day from which it is to be offered.")


def _check_form(item: InstitutionItem) -> None:
    if not _number(item.registration_number):
        raise InvalidItem("A registration number has ten digits.")
    texts = [item.name, item.address, item.postcode, *(programme.name for programme in item.programmes or ())]
    if not tidy(item.name) or any(_control(tidy(value) or "") for value in texts):
        raise InvalidItem("The name is missing, or a value holds a control character.")
    for text in (item.valid_from, item.opened_on, item.closed_on, *(one.since for one in item.predecessors or ())):
        if text is not None:
            day(text)
    if item.opened_on and item.closed_on and item.closed_on < item.opened_on:
        raise InvalidPeriod("The last day of work lies before the day of opening.")
    if any(one.kind not in SUCCESSION_KINDS for one in item.predecessors or ()):
        raise UnknownCode("A reorganisation is a merger or a division.")
    for programme in item.programmes or ():
        if not _programme_code(programme.code):
            raise UnknownCode("A programme code has eight characters: digits, and V, T or P in the third place.")
        if not tidy(programme.name):
            raise InvalidItem("The name of a programme is missing.")
        check_period(programme.offered_from, programme.offered_to)


def _check_apart(programmes: Iterable[OfferedProgramme]) -> None:
    before = FIRST_DAY
    for programme in programmes:
        if day(programme.offered_from) < before:
            raise InvalidPeriod("The periods of one programme overlap.")
        before = programme.after


def _decided_by_others(said: Profile) -> tuple[Any, ...]:
    """What an institution cannot say of itself: where it belongs, its legal status, whether it is open."""
    return said.municipality, said.legal_status_code, said.opened_on, said.closed_on

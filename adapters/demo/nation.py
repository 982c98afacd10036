"""The made-up nation (izdomāta tauta): two worlds from one seed, person by person in the order of birth, so that memory stays flat.

The population register's world goes into files, what schools and the ministry sent into rows of the register. Neither takes anything from
the other but the personal code.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, timedelta
from random import Random

from adapters.demo import rows
from adapters.demo.births import births
from adapters.demo.chance import Rarely
from adapters.demo.institutions import Institution, found
from adapters.demo.learned import Learned
from adapters.demo.network import Network
from adapters.demo.people import Fate, MadeUpPerson, People
from adapters.demo.periods import ACTIVE, IN_ERROR, Period
from adapters.demo.population import Change, as_line, changes_of, person_record, reported_since
from adapters.demo.posts import posts
from adapters.demo.results import Bearer
from adapters.demo.sent import SchoolReports

PEOPLE_OF_A_CHUNK = 4000
CORRECTED_LATER, SENT_TWICE = 0.02, 0.001
RECORDING_ERROR = "99"


@dataclass(slots=True)
class Chunk:
    """Some thousand people in both worlds: lines for the files, lines for COPY by table."""

    people: int = 0
    population: list[str] = field(default_factory=list)
    changes: list[Change] = field(default_factory=list)
    person: list[str] = field(default_factory=list)
    identity: list[str] = field(default_factory=list)
    person_profile: list[str] = field(default_factory=list)
    affiliation: list[str] = field(default_factory=list)
    teaching_post: list[str] = field(default_factory=list)
    exam_candidate: list[str] = field(default_factory=list)
    exam_result: list[str] = field(default_factory=list)
    held_result: list[str] = field(default_factory=list)
    education_document: list[str] = field(default_factory=list)
    applicant: list[str] = field(default_factory=list)


class Nation:
    """All of it: the institutions at once, the people in chunks."""

    def __init__(self, people: int, seed: int, today: date) -> None:
        self.people, self.seed, self.today = people, seed, today
        self._rng = Random(f"{seed} people")  # noqa: S311 - a made-up nation has to be the same again
        this_year = today.year - (today.month < 9)
        founding = Random(f"{seed} institutions")  # noqa: S311
        self.institutions: list[Institution] = found(founding, people, this_year - 11, this_year)
        self._schools = Network(self.institutions)
        self._reports = SchoolReports(self._rng, self._schools, today)
        self._people = People(self._rng, today)
        self.learned = Learned(seed, self._schools, today)
        self._corrected, self._sent_twice = Rarely(self._rng, CORRECTED_LATER), Rarely(self._rng, SENT_TWICE)
        self._persons = self._identities = self._affiliations = self._posts = self._changed_codes = 0

    def chunks(self) -> Iterator[Chunk]:
        """Everybody, a few thousand at a time; can be asked for once."""
        chunk = Chunk()
        for day, children, young_adults, teachers in births(self.people, self.today):
            codes = self._people.codes_of(day, children + young_adults + teachers)
            people = [self._people.child(code, day) for code in codes[:children]]
            people += [self._people.adult(code, day) for code in codes[children:]]
            for position, person in sorted(enumerate(people), key=lambda numbered: numbered[1].code):
                self._add(chunk, person, teaches=position >= children + young_adults)
            if chunk.people >= PEOPLE_OF_A_CHUNK:
                yield chunk
                chunk = Chunk()
        yield chunk

    def _add(self, chunk: Chunk, person: MadeUpPerson, teaches: bool) -> None:
        chunk.people += 1
        if person.in_population_register:
            record = person_record(person)
            chunk.population.append(as_line(record) + "\n")
            chunk.changes += changes_of(person, record, reported_since(self.today))
        if teaches:
            self._add_teacher(chunk, person)
        else:
            self._add_learner(chunk, person, self._reports.of(person))

    def _add_learner(self, chunk: Chunk, person: MadeUpPerson, periods: list[Period]) -> None:
        if not periods:
            return
        first = min(period.first for period in periods)
        bearers = self._identify(chunk, person, periods[0].institution, first)
        for position, period in enumerate(periods):
            late = position * 2 >= len(periods)
            bearer = bearers[-1 if late else 0]
            self._add_affiliation(chunk, bearer.identity, period)
            self.learned.of_period(chunk, bearer, period)

    def _add_affiliation(self, chunk: Chunk, identity: int, period: Period) -> None:
        self._affiliations += 1
        key, sender_key = self._affiliations, f"{period.institution.number}/{self._affiliations}"
        recorded = rows.known_since(period.first, self.today)
        if period.reason and period.last and self._corrected():
            before, recorded = rows.known_between(period.first, period.last, self.today)
            self._affiliations += 1
            earlier = period._replace(last=None, status=ACTIVE, reason=None)
            chunk.affiliation.append(rows.affiliation(self._affiliations, identity, earlier, before, sender_key))
        chunk.affiliation.append(rows.affiliation(key, identity, period, recorded, sender_key))
        if self._sent_twice():
            self._affiliations += 1
            again = period._replace(status=IN_ERROR, reason=RECORDING_ERROR)
            chunk.affiliation.append(rows.affiliation(self._affiliations, identity, again, recorded, f"{sender_key}-2"))

    def _add_teacher(self, chunk: Chunk, person: MadeUpPerson) -> None:
        held = posts(self._rng, self._schools, person.born_on, person.household.place.code, self.today)
        [bearer] = self._identify(chunk, person, held[0].institution, min(post.first for post in held))
        self.learned.of_long_ago(chunk, bearer, person.household.place.code)
        for post in held:
            self._posts += 1
            number, key = post.institution.number, self._posts
            chunk.teaching_post.append(
                f"{key}\t{key}\t{bearer.identity}\t{number}\t{post.name}\t{post.load}\t{rows.SENDER}\t{number}/T{key}\t"
                f"{rows.period(post.first, post.last)}\t{rows.known_since(post.first, self.today)}\n"
            )

    def _identify(self, chunk: Chunk, person: MadeUpPerson, place: Institution, since: date) -> list[Bearer]:
        """The identities that schools named, the older first, with the person or persons whom they took them for."""
        if person.fate is Fate.WITHOUT_CODE:
            known = self._person(chunk, person, since)
            return [self._identity(chunk, person, known, f"BK-{since.year}-{self._persons:06d}", issuer=place.number)]
        if not person.former_codes:
            known = self._person(chunk, person, since)
            return [self._identity(chunk, person, known, person.code)]
        return self._identify_by_two_codes(chunk, person, since)

    def _identify_by_two_codes(self, chunk: Chunk, person: MadeUpPerson, since: date) -> list[Bearer]:
        """Schools know the new code, or still the old one, or both, or take the bearers of both for two people."""
        self._changed_codes += 1
        way = self._changed_codes % 4
        old, new = person.former_codes[0], person.code
        known = self._person(chunk, person, since)
        if way < 2:
            return [self._identity(chunk, person, known, (new, old)[way])]
        older = self._identity(chunk, person, known, old, current=way != 2)
        if way == 3:
            known = self._person(chunk, person, since)
        return [older, self._identity(chunk, person, known, new)]

    def _person(self, chunk: Chunk, person: MadeUpPerson, since: date) -> str:
        """A person with the profile as the school typed it; returns since when both are known."""
        self._persons += 1
        number, known = self._persons, f"{min(since + timedelta(days=4), self.today - timedelta(days=1))} 06:00:00+00"
        chunk.person.append(f"{number}\t{known}\n")
        given_name, surname = person.school_spelling or (person.given_name, person.surname)
        chunk.person_profile.append(
            f"{number}\t{number}\t{given_name}\t{surname}\t{person.born_on}\tinstitution\t{rows.known_since(since, self.today)}\n"
        )
        return known

    def _identity(self, chunk: Chunk, person: MadeUpPerson, known: str, value: str, issuer: str = "", current: bool = True) -> Bearer:
        """An identity of the person who was made up last."""
        self._identities += 1
        scheme = "institution" if issuer else "personal_code"
        chunk.identity.append(f"{self._identities}\t{self._persons}\t{scheme}\t{issuer}\t{value}\t{'t' if current else 'f'}\t{known}\n")
        names = person.school_spelling or (person.given_name, person.surname)
        return Bearer(self._identities, scheme, issuer, value, *names, person.born_on)

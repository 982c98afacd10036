"""Made-up decisions as rows (lēmumu rindas): who made them when, and the days for which they hold, as `core` folds them.

Periods are written as they were known after each decision, so that what was known at an earlier instant can be asked for as well.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import timedelta

from adapters.demo.licences import Chain, Step
from adapters.demo.rows import NONE, period
from core.accreditation.folding import Made, Said, fold
from core.periods import FOR_EVER, Period

AUTHORITY, CLIENT, LAW, OFFICERS = "LV-DEV/GOV/IKVD", "LV-DEV/GOV/IKVD/demo", "law", 4
FIRST_NUMBERS = {"V": 10_001, "P": 20_001, "AI": 30_001, "AP": 40_001, "AC": 50_001}
KNOWN, NEVER = "{0} 09:00:00+00", ""


@dataclass(slots=True)
class Decisions:
    """Lines for COPY, by table."""

    recognition: list[str] = field(default_factory=list)
    decision: list[str] = field(default_factory=list)
    recognition_period: list[str] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=lambda: dict(FIRST_NUMBERS))

    def add(self, chain: Chain) -> None:
        """The subject, its decisions one after the other, the periods that each of them began or ended."""
        key = len(self.recognition) + 1
        self.recognition.append(f"{key}\t{chain.kind}\t{chain.institution}\t{chain.programme or NONE}\n")
        made: list[Made] = []
        held: list[Period[Said]] = []
        known: dict[Period[Said], str] = {}
        for step in chain.steps:
            before = made[-1].id if made else None
            made.append(Made(len(self.decision) + 1, step.outcome, step.status, *step[2:6]))
            published = KNOWN.format(step.decided_on + timedelta(days=1))
            self.decision.append(self._decision(key, made[-1].id, before, chain.series, step, published))
            now = fold(made)
            for gone in [one for one in held if one not in now]:
                self._hold(key, gone, chain.started, known.pop(gone), published)
            known |= {one: published for one in now if one not in known}
            held = now
        for one in held:
            self._hold(key, one, chain.started, known[one], NEVER)

    def _decision(self, subject: int, key: int, before: int | None, series: str, step: Step, published: str) -> str:
        """A row of `decision`: one officer proposed it, another one confirmed it on the same day."""
        if step.outcome == "lapse":
            proposed, confirmed = (f"{LAW}\t{LAW}",) * 2
            named = f"{LAW}\t{before}-{step.decided_on - timedelta(days=1)}"
        else:
            number = self.numbers[series]
            self.numbers[series] += 1
            proposed, confirmed = (f"{CLIENT}\tLVdemo-{(number + which) % OFFICERS + 1}" for which in (0, 1))
            named = f"{AUTHORITY}\t{series}-{number}"
        content = (step.outcome, step.status, step.decided_on, step.first, step.last, step.start_by, step.reason, before)
        values = "\t".join(NONE if value is None else str(value) for value in content)
        at = (f"{step.decided_on} 07:00:00+00", f"{step.decided_on} 13:00:00+00")
        return f"{key}\t{subject}\t{named}\t{values}\t{at[0]}\t{proposed}\t{at[1]}\t{confirmed}\t{published}\n"

    def _hold(self, subject: int, held: Period[Said], started: bool, since: str, until: str) -> None:
        """A row of `recognition_period`, known from one instant on and before another."""
        said, key = held.said, len(self.recognition_period) + 1
        last = None if held.after == FOR_EVER else held.after - timedelta(days=1)
        start_by = said.start_by or NONE
        used = "t" if started and said.start_by else "f"
        recorded = f'["{since}","{until}")' if until else f'["{since}",)'
        self.recognition_period.append(
            f"{key}\t{subject}\t{said.decision_id}\t{said.status}\t{start_by}\t{used}\t{period(held.first, last)}\t{recorded}\n"
        )


def rows_of(chains: Iterable[Chain]) -> Decisions:
    """The rows of all chains; their ids follow one another."""
    decisions = Decisions()
    for chain in chains:
        decisions.add(chain)
    return decisions

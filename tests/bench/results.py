"""Results as a table for people and as JSON for programs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from rich.console import Console
from rich.table import Table


class Result(NamedTuple):
    """One comparison: ours beside its floor; `better` says which way is good, `target` what the ratio has to reach, if anything."""

    name: str
    ours: float
    floor: float
    ratio: float
    unit: str
    better: str
    target: float | None
    met: bool


def result(name: str, ours: float, floor: float, unit: str, better: str, target: float | None) -> Result:
    """The ratio ours/floor."""
    return judged(name, ours, floor, ours / floor, unit, better, target)


def judged(name: str, ours: float, floor: float, ratio: float, unit: str, better: str, target: float | None) -> Result:
    """A ratio against its target: at least it when higher is better, at most it otherwise; without one it is only published."""
    met = target is None or (ratio >= target if better == "higher" else ratio <= target)
    return Result(name, ours, floor, ratio, unit, better, target, met)


def show(results: Sequence[Result]) -> None:
    """The table."""
    table = Table("what", "ours", "beside it", "ratio", "target", "met", box=None, pad_edge=False)
    for one in results:
        sign = "≥" if one.better == "higher" else "≤"
        values = [f"{value:,.3g} {one.unit}" if value < 100 else f"{value:,.0f} {one.unit}" for value in (one.ours, one.floor)]
        target = ("", "") if one.target is None else (f"{sign} {one.target:g}", "yes" if one.met else "NO")
        table.add_row(one.name, *values, f"{one.ratio:.2f}", *target)
    Console(width=150).print(table)


def keep(results: Sequence[Result], path: Path) -> None:
    """The file that scripts read; results of the same name are replaced, others stay."""
    before = json.loads(path.read_text(encoding="utf-8")) if path.exists() else []
    names = {one.name for one in results}
    kept = [entry for entry in before if entry["name"] not in names]
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps([*kept, *(one._asdict() for one in results)], ensure_ascii=False, indent=1) + "\n", encoding="utf-8")

"""`python -m tests.bench [--scale small|nation] [--only NAME]`: everything that is measured, in one run, side by side."""

from collections.abc import Callable
from typing import Annotated

import typer

from adapters.settings import Settings
from tests.bench.results import Result, keep, result, show

SCALES = ("small", "nation")


def in_process(_scale: str) -> list[Result]:
    """The boundary without SQL."""
    from tests.bench import boundary

    targets = {"getPersonEducation": (1.5, 15), "listAffiliations": (1.15, 25)}
    results = []
    for figure in boundary.measure():
        to_floor, to_stock = targets[figure.name]
        name = f"{figure.name}, {figure.size / 1024:.0f} KiB, in process"
        results.append(result(f"{name}: to the floor", figure.ours * 1e3, figure.floor * 1e3, "ms", "lower", to_floor))
        results.append(result(f"{name}: to stock spyne", 1 / figure.ours, 1 / figure.stock, "a second", "higher", to_stock))
    return results


def over_http(scale: str) -> list[Result]:
    """SQL, disclosure and HTTP included."""
    from tests.bench import over_http

    return over_http.run(scale, 1.0 if scale == "small" else 4)


def overhead(scale: str) -> list[Result]:
    """What permission, field list, chaining and operational log cost."""
    from tests.bench import overhead

    return overhead.run(1.0 if scale == "small" else 4)


def child_import(scale: str) -> list[Result]:
    """The children's list from the population register: the bare floor, the first import, the same list again."""
    from tests.bench import child_import, nation, place

    children = 5_000 if scale == "small" else 280_000
    world = place.folder() / f"children_{children}"
    if not (world / "people.jsonl").exists():
        nation.write(world, children)
    with place.cluster() as running, child_import.stand_in(world) as url:
        register = place.empty(running, "import")
        bare = child_import.apart("floor", url, register)
        first = child_import.apart("ours", url, register)
        again = child_import.apart("ours", url, register)
    name = f"import of {children:,} children"
    return [
        result(f"{name}: to the floor", first.seconds, bare.seconds, "s", "lower", 2.5),
        result(f"{name}, nothing new: to the floor", again.seconds, bare.seconds, "s", "lower", 2.5),
        result(f"{name}: memory added, to 80 MiB", max(first.grown_mib, again.grown_mib), 80, "MiB", "lower", 1),
    ]


def submit(scale: str) -> list[Result]:
    """Submissions over HTTP: all new, then nine of ten unchanged."""
    from tests.bench import submit

    return submit.run(scale)


def replication(scale: str) -> list[Result]:
    """The replica beside the register, after a load and while small writes come."""
    from tests.bench import replication

    return replication.run(scale)


def feed(scale: str) -> list[Result]:
    """The change feed read from nothing."""
    from tests.bench import feed

    return feed.run(scale)


def municipal_feeds(scale: str) -> list[Result]:
    """What one more municipality's database costs."""
    from tests.bench import municipal_feeds

    return municipal_feeds.run(scale)


def cases(scale: str) -> list[Result]:
    """The register of non-studying children: the refresh of everybody, many codes at a time."""
    from tests.bench import cases

    return cases.run(scale)


def accreditation(scale: str) -> list[Result]:
    """The public register: a programme's status over HTTP, and what is about to lapse."""
    from tests.bench import accreditation

    return accreditation.run(scale)


def achievements(scale: str) -> list[Result]:
    """One person, a batch of a thousand, results day."""
    from tests.bench import achievements

    return achievements.run(scale)


def outbox(scale: str) -> list[Result]:
    """Messages signed and delivered."""
    from tests.bench import outbox

    return outbox.run(scale)


def disclosures(scale: str) -> list[Result]:
    """The journal sealed and verified."""
    from tests.bench import disclosures

    return disclosures.run(scale)


def indicators(scale: str) -> list[Result]:
    """A year of calls as a workbook."""
    from tests.bench import indicators

    return indicators.run(scale)


BENCHES: dict[str, Callable[[str], list[Result]]] = {
    "in-process": in_process,
    "http": over_http,
    "overhead": overhead,
    "import": child_import,
    "submit": submit,
    "replication": replication,
    "feed": feed,
    "municipal-feeds": municipal_feeds,
    "cases": cases,
    "accreditation": accreditation,
    "achievements": achievements,
    "outbox": outbox,
    "disclosures": disclosures,
    "indicators": indicators,
}


def main(
    scale: Annotated[str, typer.Option(help="small or nation")] = "small",
    only: Annotated[str, typer.Option(help=" · ".join(BENCHES))] = "",
) -> None:
    """Measures, prints one table, keeps it as JSON; a target that is not met is shown and is no failure."""
    if scale not in SCALES or (only and only not in BENCHES):
        raise typer.BadParameter(f"--scale is {' or '.join(SCALES)}, --only one of {', '.join(BENCHES)}.")
    results: list[Result] = []
    for name in [only] if only else BENCHES:
        print(f"{name}:", flush=True)
        results += BENCHES[name](scale)
    path = Settings().data / "bench.json"
    keep(results, path)
    print()
    show(results)
    print(f"\nKept in {path}")


if __name__ == "__main__":
    typer.run(main)

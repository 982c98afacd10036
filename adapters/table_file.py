"""Tables that people hand over (CSV datnes): their lines with the numbers that an editor shows, or one sentence on what is wrong."""

import csv
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from adapters.stop import Stop


@contextmanager
def reading(file: Path) -> Iterator[None]:
    """Inside, a file that cannot be read ends the command in words."""
    try:
        yield
    except OSError as error:
        raise Stop(f"{file} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise Stop(f"{file} is not UTF-8, so Latvian letters would be lost. Save it as UTF-8; nothing was changed.") from None
    except csv.Error as error:
        raise Stop(f"{file} is not CSV: {error}. Nothing was changed.") from None


def lines_of(file: Path, fields: Mapping[str, tuple[str, ...]], needed: tuple[str, ...]) -> Iterator[dict[str, Any]]:
    """The lines as values by field, and `line`; the first name of a field that stands in the file's first line is its column."""
    with file.open(encoding="utf-8-sig", newline="") as opened:
        lines = csv.reader(opened)
        header = [name.strip() for name in next(lines, [])]
        places = {field: next((header.index(name) for name in names if name in header), None) for field, names in fields.items()}
        missing = [" or ".join(fields[field]) for field in needed if places[field] is None]
        if missing:
            raise Stop(f"{file} has no column {', no column '.join(missing)} in its first line. Nothing was changed.")
        for values in lines:
            if any(values):
                found = {
                    field: values[place].strip() if place is not None and place < len(values) else "" for field, place in places.items()
                }
                yield {"line": lines.line_num, **found}

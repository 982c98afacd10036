"""viis settings: every setting, its value now, and what it means."""

import re

from rich.console import Console
from rich.table import Table

from adapters.settings import Settings
from adapters.stop import read_settings

# In an address, or in libpq's own way of writing one.
PASSWORD = re.compile(r"(?<=://)([^:/@]*):[^@]*(?=@)|(\bpassword\s*=\s*)(?:'(?:[^'\\]|\\.)*'|[^\s&]+)")


def settings() -> None:
    """Lists every setting with its value and meaning; passwords in addresses are not shown."""
    values = read_settings()
    table = Table("setting", "value", "meaning", box=None, pad_edge=False)
    for name, field in Settings.model_fields.items():
        value = getattr(values, name)
        table.add_row(f"VIIS_{name.upper()}", PASSWORD.sub(_without, str(value)) if value is not None else "", field.description)
    Console(soft_wrap=False).print(table)


def _without(found: "re.Match[str]") -> str:
    return f"{found[1]}:…" if found[2] is None else f"{found[2]}…"

"""viis lapse-licences: licences whose programmes were not started within a year lapse (licences zaudē spēku)."""

from datetime import UTC, datetime

from rich.console import Console

from adapters.inquiry import RIGA
from adapters.stop import read_settings
from adapters.storage import bring_up_to_date, storage
from core.accreditation.lapsing import sweep_lapses


def lapse_licences() -> None:
    """Writes down which licences have lapsed by today, and undoes what a school reported late; `viis jobs` does it each day."""
    today = datetime.now(UTC).astimezone(RIGA).date()
    with storage(read_settings()) as place:
        bring_up_to_date(place)
        databases = place.open(connections=1)
        try:
            with Console(stderr=True).status("Looking for licensed programmes that were never started"):
                changed = sweep_lapses(databases.register, today)
        finally:
            databases.close()
    print(f"Licences on {today}: {changed} lapsed, or have their lapse undone. A second run changes nothing.")

"""viis migrate: brings the register's schema and code lists up to date."""

from adapters.stop import read_settings
from adapters.storage import bring_up_to_date, storage


def migrate() -> None:
    """Migrates the register and loads the code lists; does nothing when all is up to date."""
    with storage(read_settings()) as place:
        bring_up_to_date(place)
    print("The register is up to date.")

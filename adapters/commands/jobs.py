"""viis jobs: does what statutory days ask for; `viis serve` runs one beside itself."""

import asyncio
from contextlib import suppress

import psycopg
import structlog
from procrastinate import App
from procrastinate.exceptions import AlreadyEnqueued, ConnectorException
from sqlalchemy.exc import SQLAlchemyError

from adapters import jobs as statutory
from adapters.children import end_with_parent
from adapters.stop import Stop, read_settings
from adapters.storage import storage

log = structlog.get_logger("viis.jobs")


def jobs() -> None:
    """Takes over the children's list and refreshes the register of non-studying children on the statutory days, missed ones included."""
    end_with_parent()
    settings = read_settings()
    with storage(settings) as place:
        databases = place.open(connections=2)
        try:
            statutory.prepare(place.register_url)
            asyncio.run(work(statutory.application(settings, place, databases)))
        except (SQLAlchemyError, psycopg.Error, ConnectorException) as error:
            # Never the text of it: the database's errors quote what was written.
            raise Stop(f"The jobs stop, the register's database failed ({type(error).__qualname__}).") from None
        finally:
            databases.close()


async def work(app: App, *, wait: bool = True) -> None:
    """Looks at once, then works until it is told to end; without `wait` until nothing is left to do."""
    async with app.open_async():
        with suppress(AlreadyEnqueued):
            await app.tasks["look"].defer_async(timestamp=0)
        await app.run_worker_async(concurrency=1, wait=wait, delete_jobs="successful", install_signal_handlers=wait)

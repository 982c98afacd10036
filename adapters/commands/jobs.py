"""viis jobs: does what statutory days and every day ask for; `viis serve` runs one beside itself."""

import asyncio

import psycopg
from procrastinate.exceptions import ConnectorException
from sqlalchemy.exc import SQLAlchemyError

from adapters import job_queue
from adapters import jobs as statutory
from adapters.children import end_with_parent
from adapters.stop import Stop, read_settings
from adapters.storage import storage


def jobs() -> None:
    """Takes over lists and changes of people, refreshes the register of non-studying children, missed days too; a second one waits."""
    end_with_parent()
    settings = read_settings()
    with storage(settings) as place:
        databases = place.open(connections=2)
        try:
            job_queue.prepare(place.register_url)
            asyncio.run(job_queue.work(statutory.application(settings, place, databases), place.register_url))
        except (SQLAlchemyError, psycopg.Error, ConnectorException) as error:
            # Never the text of it: the database's errors quote what was written.
            raise Stop(f"The jobs stop, the register's database failed ({type(error).__qualname__}).") from None
        finally:
            databases.close()

"""viis access-load: replaces the grants of the register by those of a file."""

import tomllib
from pathlib import Path
from typing import Annotated

import typer
from sqlalchemy import select
from sqlalchemy.orm import Session

from adapters.contracts import Contracts
from adapters.serialiser import paths
from adapters.stop import Stop, read_settings
from adapters.storage import bring_up_to_date, storage
from core import access
from core.model import AccessGrant


def access_load(file: Annotated[Path, typer.Argument(help="TOML file with [[grant]] tables.")]) -> None:
    """Replaces all grants by those of a file; running services follow within two seconds."""
    with storage(read_settings()) as place:
        bring_up_to_date(place)
        databases = place.open(connections=1)
        try:
            with databases.register.begin() as session:
                number = access.load(session, file)
                check_against_contracts(session)
        except OSError as error:
            raise Stop(f"{file} cannot be read: {error.strerror}.") from None
        except (tomllib.TOMLDecodeError, ValueError) as error:
            raise Stop(f"{file} is not a file of grants: {error}. Nothing was changed.") from None
        finally:
            databases.close()
    print(f"{number} grants are in force.")


def check_against_contracts(session: Session) -> None:
    """Refuses a grant for an operation or an element that no contract has: it would silently give nothing."""
    contracts = Contracts.load()
    elements = {
        f"{service.name}.{operation.code}": paths(contracts.shapes(service.name).element(operation.response))
        for service in contracts.services.values()
        for operation in service.operations.values()
    }
    for service in contracts.services:
        whole = frozenset[str]().union(*(known for name, known in elements.items() if name.startswith(f"{service}.")))
        elements[f"{service}.*"] = elements[f"{service}.**"] = whole
    for grant in session.scalars(select(AccessGrant).order_by(AccessGrant.id)):
        known = elements.get(grant.operation)
        if known is None:
            raise ValueError(f"there is no operation {grant.operation}")
        unknown = sorted(set(grant.fields or ()) - known)
        if unknown:
            raise ValueError(f"the answer of {grant.operation} has no {', '.join(unknown)}")

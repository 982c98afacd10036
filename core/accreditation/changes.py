from collections.abc import Iterable

from sqlalchemy.orm import Session


def tell(session: Session, recognition_ids: Iterable[int]) -> None:
    """placeholder."""

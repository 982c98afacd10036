"""The proof (žurnāla pārbaude): the chain is followed from its beginning, each row's hash is made anew from what the row says.

The first place that is not as it was is named, and in which way:

- changed     the row says something else than when it was written
- swapped     the row at the place is one of another place
- deleted     the row, or its place in the middle of the chain, is gone
- inserted    a row that no sealer has seen, although its transaction is older than the end of the chain
- cut         places at the end are gone
- rewritten   the hashes do not follow from each other, or differ from a head that was exported, or a checkpoint is not the service's own
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import psycopg
from sqlalchemy.orm import Session

from core.connections import cursor
from core.disclosure import hash_of
from core.disclosures.chain import NOTHING, Head, link
from core.disclosures.sealing import HAS_NO_SEAL, head
from core.errors import InvalidQuestion, UnknownPlace
from core.reading import INSTANT

AT_ONCE = 2_000
CHANGED, SWAPPED, DELETED, INSERTED, CUT, REWRITTEN = "changed", "swapped", "deleted", "inserted", "cut", "rewritten"
# to_char says nothing of an instant without end, and writes a year before Christ like the one after; such a one is written as it stands.
_EXACT = "CASE WHEN {0} BETWEEN '0002-01-01Z' AND '9998-12-31Z' THEN {1} ELSE {0}::text END"
_HASHED = _EXACT.replace("{1}", "to_char({0} AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"+00:00\"')")
PLACES = f"""
SELECT s.place, s.row_hash, s.chain_hash, d.id IS NOT NULL,
    d.message_id, d.client, d.user_id, d.on_behalf_of, d.issue, d.operation, d.purpose, d.legal_basis,
    {_EXACT.format("d.data_as_of", INSTANT.format("d.data_as_of"))}, d.outcome, {_HASHED.format("d.disclosed_at")},
    left(right(d.persons::text, -1), -1),
    {_HASHED.format("d.hidden_until")}
FROM disclosure_seal s LEFT JOIN disclosure d ON d.id = s.disclosure_id
WHERE s.place BETWEEN %(first)s AND %(last)s ORDER BY s.place"""
CHECKPOINT = "SELECT place, chain_hash, rows, before, signed_by, signature FROM disclosure_checkpoint ORDER BY place DESC LIMIT 1"
BEFORE = "SELECT chain_hash FROM disclosure_seal WHERE place = %(place)s"
OF_ANOTHER = "SELECT 1 FROM disclosure_seal WHERE row_hash = %(row_hash)s AND place <> %(place)s LIMIT 1"
# What the last snapshot of the sealer showed, or what names a transaction that has not begun, and still has no place.
UNSEEN = f"""
SELECT coalesce((SELECT min(s.place) FROM disclosure_seal s WHERE s.disclosure_id > u.id), u.place + 1) FROM (
    SELECT min(d.id) AS id, min(c.place) AS place FROM disclosure d CROSS JOIN disclosure_chain c
    WHERE ((d.xid < pg_snapshot_xmax(c.snapshot::pg_snapshot)::text::bigint
            AND d.xid <> ALL(ARRAY(SELECT x::text::bigint FROM pg_snapshot_xip(c.snapshot::pg_snapshot) x)))
        OR d.xid >= pg_snapshot_xmax(pg_current_snapshot())::text::bigint)
    AND d.id BETWEEN coalesce((SELECT s.disclosure_id FROM disclosure_seal s WHERE s.place = %(first)s AND NOT %(begins)s), 0)
        AND coalesce((SELECT s.disclosure_id FROM disclosure_seal s WHERE s.place = %(last)s AND NOT %(ends)s), 9223372036854775807)
    AND {HAS_NO_SEAL}) u
WHERE u.id IS NOT NULL"""


class Checkpoint(NamedTuple):
    """What stands for the removed beginning (kontrolpunkts): up to which place, its hash, how many rows, all of before an instant."""

    place: int
    chain_hash: bytes
    rows: int
    before: datetime
    signed_by: str = ""
    signature: bytes = b""

    @property
    def head(self) -> Head:
        """The place and its hash."""
        return Head(self.place, self.chain_hash)


class Wrong(NamedTuple):
    """The first place that is not as it was, and in which way."""

    place: int
    kind: str


class Verdict(NamedTuple):
    """What was looked at (pārbaudes iznākums), from place to place, what is wrong, where the chain ends and where it begins."""

    first: int
    last: int
    wrong: Wrong | None
    head: Head
    checkpoint: Checkpoint | None


def checkpoint(session: Session) -> Checkpoint | None:
    """The newest checkpoint."""
    found = cursor(session).execute(CHECKPOINT).fetchone()
    if found is None:
        return None
    place, chain_hash, rows, before, signed_by, signature = found
    return Checkpoint(place, bytes(chain_hash), rows, before, signed_by, bytes(signature))


def verify(
    session: Session,
    first: int | None = None,
    last: int | None = None,
    heads: Iterable[Head] = (),
    trusted: Callable[[Checkpoint], bool] = lambda _: False,
    progress: Callable[[int], object] = lambda _: None,
    most: int | None = None,
) -> Verdict:
    """Looks at a part of the chain, or at all of it, at most `most` places, and stops at the first place that is wrong.

    `heads` are those that were exported, `trusted` says whether a checkpoint is signed by a key of the service. The session must be new:
    everything is read in one view of the database.
    """
    end = head(session)
    begun_by = checkpoint(session)
    beginning = begun_by.place + 1 if begun_by else 1
    begin = beginning if first is None else first
    final = last if last is not None else end.place if most is None else max(begin - 1, min(end.place, begin + most - 1))
    if most is not None and final - begin >= most:
        raise InvalidQuestion(f"At most {most:,} places are verified in one call.")
    if begin < beginning or max(begin - 1, final) > end.place:
        raise UnknownPlace(f"The journal holds the places {beginning} to {end.place}.")
    if last is not None and begin > last:
        raise InvalidQuestion("The first place lies behind the last one.")

    def found(wrong: Wrong | None) -> Verdict:
        return Verdict(begin, final, wrong, end, begun_by)

    if begun_by and begin == beginning and not trusted(begun_by):
        return found(Wrong(begun_by.place, REWRITTEN))
    exported: dict[int, set[bytes]] = {}
    for known in heads:
        exported.setdefault(known.place, set()).add(known.chain_hash)
    before = (begun_by.chain_hash if begun_by else NOTHING) if begin == beginning else _hash_at(session, begin - 1)
    if before is None:
        return found(Wrong(begin - 1, DELETED))
    if not exported.get(begin - 1, set()) <= {before}:
        return found(Wrong(begin - 1, REWRITTEN))
    reached = Head(begin - 1, before)
    for place, wrong in _followed(session, reached, final, exported, progress):
        if wrong is not None:
            return found(wrong)
        reached = place
    if reached.place < final:
        return found(Wrong(reached.place + 1, CUT))
    if final == end.place:
        beyond = [place for place in exported if place > end.place]
        if beyond:
            return found(Wrong(end.place + 1, CUT))
        if reached.chain_hash != end.chain_hash:
            return found(Wrong(end.place, REWRITTEN))
    unseen = (
        cursor(session)
        .execute(UNSEEN, {"first": begin, "begins": begin == beginning, "last": final, "ends": final == end.place})
        .fetchone()
    )
    return found(Wrong(unseen[0], INSERTED) if unseen else None)


def _followed(
    session: Session, before: Head, last: int, exported: dict[int, set[bytes]], progress: Callable[[int], object]
) -> Iterator[tuple[Head, Wrong | None]]:
    """Each place with what is wrong with it."""
    connection: psycopg.Connection[Any] = session.connection().connection.driver_connection  # type: ignore[assignment]
    expected, previous = before.place + 1, before.chain_hash
    with connection.cursor(name="chain") as rows:
        rows.execute(PLACES, {"first": expected, "last": last})
        while found := rows.fetchmany(AT_ONCE):
            for row in found:
                wrong = _wrong(session, row, expected, previous, exported)
                place, previous = row[0], row[2]
                yield Head(place, previous), wrong
                expected = place + 1
            progress(len(found))


def _wrong(session: Session, row: Sequence[Any], expected: int, previous: bytes, exported: dict[int, set[bytes]]) -> Wrong | None:
    place, row_hash, chain_hash, is_there, *said, disclosed_at, persons, hidden_until = row
    if place != expected:
        return Wrong(expected, DELETED)
    if link(previous, place, row_hash) != chain_hash or (place in exported and exported[place] != {chain_hash}):
        return Wrong(place, REWRITTEN)
    if not is_there:
        return Wrong(place, DELETED)
    now = hash_of(said, disclosed_at, persons, hidden_until)
    if now == row_hash:
        return None
    other = cursor(session).execute(OF_ANOTHER, {"row_hash": now, "place": place}).fetchone()
    return Wrong(place, SWAPPED if other else CHANGED)


def _hash_at(session: Session, place: int) -> bytes | None:
    found = cursor(session).execute(BEFORE, {"place": place}).fetchone()
    return None if found is None else bytes(found[0])

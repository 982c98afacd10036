"""The chain of the journal: written side by side, sealed in one line, and whatever is altered is found."""

import threading
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest.mock import ANY

import psycopg
import pytest
from sqlalchemy import text
from sqlalchemy.exc import DBAPIError

from core.connections import cursor
from core.database import Databases
from core.disclosure import INSERT, Disclosure, parameters, record
from core.disclosures import copies
from core.disclosures.chain import Head
from core.disclosures.expiring import NotWhole, expire
from core.disclosures.sealing import FRESH, UNSEALED, head, seal, unsealed
from core.disclosures.verifying import Checkpoint, Verdict, Wrong, verify
from core.errors import InvalidQuestion, RegisterUnavailable, UnknownPlace
from tests.register import Register

NOW = datetime(2026, 11, 23, 10, 0, 0, 123456, tzinfo=UTC)
SAID = Disclosure(NOW, "m-1", "A/B/C/D", "LV-1", None, "", "s.o", "purpose «ā»", "law", "2026-11-23T10:00:00.000000Z", "ok", [3, 1, 2])
WRITERS, EACH = 20, 15
PLACES = "SELECT place FROM disclosure_seal ORDER BY place"


def tell(register: Register, number: int, at: datetime = NOW) -> None:
    record(register.databases.journal, SAID._replace(message_id=f"m-{number}", persons=[number], disclosed_at=at))


def told(register: Register, rows: int, sealed_each: int = 4) -> None:
    """So many rows, sealed in several goes."""
    for number in range(1, rows + 1):
        tell(register, number)
        if number % sealed_each == 0:
            seal(register.databases.register)
    seal(register.databases.register)


def verified(register: Register, heads: Iterable[Head] = (), **more: object) -> Verdict:
    with register.databases.register.begin() as session:
        return verify(session, heads=heads, **more)


def end(register: Register) -> Head:
    with register.databases.register.begin() as session:
        return head(session)


def tamper(register: Register, *statements: str) -> None:
    """What an administrator of the database can do."""
    with register.databases.register.begin() as session:
        session.execute(text("SET LOCAL session_replication_role = replica"))
        for statement in statements:
            session.execute(text(statement))


@pytest.fixture
def many(database_url: str) -> Iterator[Databases]:
    """Enough connections for twenty writers."""
    both = Databases(database_url, connections=WRITERS + 4)
    yield both
    both.close()


def test_twenty_writers_at_once_make_one_chain_without_gaps(register: Register, many: Databases) -> None:
    done = threading.Event()

    def write(writer: int) -> None:
        for number in range(EACH):
            record(many.journal, SAID._replace(message_id=f"w-{writer}-{number}", persons=[writer]))

    def keep_sealing() -> int:
        total = 0
        while not done.is_set():
            total += seal(many.register)
        return total + seal(many.register)

    with ThreadPoolExecutor(WRITERS + 1) as threads:
        sealed = threads.submit(keep_sealing)
        for written in [threads.submit(write, writer) for writer in range(WRITERS)]:
            written.result()
        done.set()
        assert sealed.result() == WRITERS * EACH
    assert [place for (place,) in register.execute(PLACES)] == list(range(1, WRITERS * EACH + 1))
    assert register.execute("SELECT count(DISTINCT disclosure_id) FROM disclosure_seal") == [(WRITERS * EACH,)]
    assert verified(register).wrong is None


def test_sealers_at_once_make_one_chain_all_the_same(register: Register, many: Databases) -> None:
    for number in range(40):
        tell(register, number)

    def try_it(_: int) -> int:
        try:
            return seal(many.register)
        except (DBAPIError, psycopg.Error):
            return 0  # Another one was quicker.

    with ThreadPoolExecutor(4) as threads:
        assert sum(threads.map(try_it, range(8))) + seal(many.register) == 40
    assert len(register.execute(PLACES)) == 40
    assert verified(register).wrong is None


def test_a_slow_transaction_holds_back_nothing_but_its_own_rows_and_is_sealed_after(register: Register) -> None:
    seal(register.databases.register)
    with register.databases.register() as slow, register.databases.register() as slower:
        cursor(slow).execute(INSERT, parameters(SAID._replace(message_id="slow")))
        slower.execute(text("SELECT pg_current_xact_id()"))
        tell(register, 1)
        assert seal(register.databases.register) == 1
        tell(register, 2)
        assert seal(register.databases.register) == 1, "two looks while it is under way"
        slow.commit()
        assert seal(register.databases.register) == 1
        cursor(slower).execute(INSERT, parameters(SAID._replace(message_id="slower")))
        slower.commit()
        assert seal(register.databases.register) == 1
    order = "SELECT d.message_id FROM disclosure_seal s JOIN disclosure d ON d.id = s.disclosure_id ORDER BY s.place"
    assert [name for (name,) in register.execute(order)] == ["m-1", "m-2", "slow", "slower"]
    assert verified(register).wrong is None


def test_what_was_rolled_back_leaves_no_gap(register: Register) -> None:
    with register.databases.register() as session:
        cursor(session).execute(INSERT, parameters(SAID))
        tell(register, 1)
        seal(register.databases.register)
        session.rollback()
    tell(register, 2)
    assert seal(register.databases.register) == 1
    assert [place for (place,) in register.execute(PLACES)] == [1, 2]


def test_rows_that_wait_are_counted_with_the_age_of_the_oldest(register: Register) -> None:
    seal(register.databases.register)
    with register.databases.register.begin() as session:
        assert unsealed(session).rows == 0
    tell(register, 1, datetime.now(UTC) - timedelta(seconds=30))
    tell(register, 2)
    with register.databases.register.begin() as session:
        waiting = unsealed(session)
    assert waiting.rows == 2
    assert waiting.oldest >= timedelta(seconds=30)
    seal(register.databases.register)
    with register.databases.register.begin() as session:
        assert unsealed(session) == (0, timedelta(0), None)


@pytest.mark.parametrize("statement", [FRESH, UNSEALED])
def test_a_look_for_new_rows_does_not_go_through_the_old_ones(register: Register, statement: str) -> None:
    register.execute(
        "INSERT INTO disclosure (disclosed_at, message_id, client, operation, purpose, legal_basis, outcome, persons, row_hash, xid) "
        "SELECT now(), 'm', 'c', 'o', 'p', 'l', 'ok', '{}', sha256(n::text::bytea), 0 FROM generate_series(1, 20000) n"
    )
    assert seal(register.databases.register) == 20_000
    tell(register, 1)
    register.execute("ANALYZE disclosure, disclosure_seal")
    with register.databases.register.begin() as session:
        snapshot = session.scalar(text("SELECT snapshot FROM disclosure_chain"))
        explain = f"EXPLAIN (ANALYZE, FORMAT JSON) DECLARE rows CURSOR FOR {statement}"
        plan = psycopg.ClientCursor(cursor(session).connection).execute(explain, {"snapshot": snapshot}).fetchone()
    assert 0 < max(touched(plan[0][0]["Plan"])) < 100


def touched(node: dict[str, Any]) -> Iterator[float]:
    """How many rows each step of a plan read."""
    yield (node["Actual Rows"] + node.get("Rows Removed by Filter", 0)) * node["Actual Loops"]
    for part in node.get("Plans", []):
        yield from touched(part)


@pytest.mark.parametrize("how", ["DELETE FROM disclosure_chain", "UPDATE disclosure_chain SET snapshot = '900000000:900000007:900000003'"])
def test_rows_wait_too_when_the_end_of_the_chain_says_nothing_of_them(register: Register, how: str) -> None:
    told(register, 2)
    tamper(register, how)
    tell(register, 3)
    with register.databases.register.begin() as session:
        assert unsealed(session).rows == 1


def test_rows_from_before_the_chain_and_of_a_register_that_was_restored_elsewhere_are_sealed(register: Register) -> None:
    for number in range(3):
        tell(register, number)
    tamper(register, "UPDATE disclosure SET xid = 0")
    assert seal(register.databases.register) == 3
    # On another server numbers of transactions begin anew: those of the restored rows lie ahead.
    tell(register, 4)
    tamper(register, "UPDATE disclosure SET xid = 900000000", "UPDATE disclosure_chain SET snapshot = '900000000:900000007:900000003'")
    tell(register, 5)
    assert seal(register.databases.register) == 2
    tell(register, 6)
    assert seal(register.databases.register) == 1
    assert verified(register).wrong is None
    assert verified(register).last == 6


SWAP = """
UPDATE disclosure d SET message_id = o.message_id, persons = o.persons, row_hash = o.row_hash, disclosed_at = o.disclosed_at
FROM disclosure o WHERE (d.id, o.id) IN ((3, 5), (5, 3))"""
AGAIN = """
INSERT INTO disclosure (message_id, client, operation, purpose, legal_basis, outcome, persons, row_hash, disclosed_at, xid)
SELECT message_id, client, operation, purpose, legal_basis, outcome, persons, row_hash, disclosed_at, {0} FROM disclosure WHERE id = 2"""
ALTERED = {
    "changed": (["UPDATE disclosure SET persons = '{7}' WHERE id = 5"], Wrong(5, "changed")),
    "changed with its hash": (["UPDATE disclosure SET purpose = 'x', row_hash = sha256('x') WHERE id = 5"], Wrong(5, "changed")),
    "made visible": (["UPDATE disclosure SET hidden_until = now() WHERE id = 5"], Wrong(5, "changed")),
    "hidden without end": (["UPDATE disclosure SET hidden_until = 'infinity' WHERE id = 5"], Wrong(5, "changed")),
    "told before time": (["UPDATE disclosure SET disclosed_at = '-infinity' WHERE id = 5"], Wrong(5, "changed")),
    "told before Christ": (
        ["UPDATE disclosure SET disclosed_at = (to_char(disclosed_at, 'YYYY-MM-DD HH24:MI:SS.USOF') || ' BC')::timestamptz WHERE id = 5"],
        Wrong(5, "changed"),
    ),
    "one more person, without a number": (["UPDATE disclosure SET persons = persons || NULL::bigint WHERE id = 5"], Wrong(5, "changed")),
    "deleted": (["DELETE FROM disclosure WHERE id = 5"], Wrong(5, "deleted")),
    "deleted with its place": (["DELETE FROM disclosure WHERE id = 5", "DELETE FROM disclosure_seal WHERE place = 5"], Wrong(5, "deleted")),
    "inserted": ([AGAIN.format("xid")], Wrong(11, "inserted")),
    "inserted as of a transaction to come": ([AGAIN.format("1::bigint << 60")], Wrong(11, "inserted")),
    "swapped rows": ([SWAP], Wrong(3, "swapped")),
    "swapped places": (
        [
            "DROP INDEX uq_disclosure_seal_disclosure_id",
            "UPDATE disclosure_seal SET disclosure_id = CASE place WHEN 3 THEN 5 ELSE 3 END WHERE place IN (3, 5)",
        ],
        Wrong(3, "swapped"),
    ),
    "cut": (["DELETE FROM disclosure WHERE id > 8", "DELETE FROM disclosure_seal WHERE place > 8"], Wrong(9, "cut")),
    "rewritten": (["UPDATE disclosure_seal SET chain_hash = sha256('x') WHERE place = 6"], Wrong(6, "rewritten")),
    "end rewritten": (["UPDATE disclosure_chain SET chain_hash = sha256('x')"], Wrong(10, "rewritten")),
}


@pytest.mark.parametrize("way", ALTERED)
def test_whatever_is_altered_is_found_with_its_place_and_kind(register: Register, way: str) -> None:
    told(register, 10)
    assert verified(register).wrong is None
    statements, wrong = ALTERED[way]
    tamper(register, *statements)
    assert verified(register).wrong == wrong


def test_a_part_is_verified_by_itself_and_places_that_are_not_there_are_refused(register: Register) -> None:
    told(register, 10)
    tamper(register, "UPDATE disclosure SET persons = '{7}' WHERE id = 5")
    assert verified(register, first=6).wrong is None
    assert verified(register, last=4).wrong is None
    assert verified(register, first=2, last=7).wrong == Wrong(5, "changed")
    assert verified(register, most=4) == verified(register, first=1, last=4)
    for first, last in [(2, 6), (None, 5)]:
        with pytest.raises(InvalidQuestion, match="At most 4 places"):
            verified(register, first=first, last=last, most=4)
    for first, last, error in [(11, 12, UnknownPlace), (0, 3, UnknownPlace), (7, 5, InvalidQuestion), (5, 4, InvalidQuestion)]:
        with pytest.raises(error):
            verified(register, first=first, last=last)


def test_a_tail_cut_with_the_end_of_the_chain_is_found_by_a_head_that_was_exported(register: Register) -> None:
    told(register, 10)
    exported = [end(register)]
    tamper(
        register,
        "DELETE FROM disclosure WHERE id > 8",
        "DELETE FROM disclosure_seal WHERE place > 8",
        "UPDATE disclosure_chain SET place = 8, chain_hash = (SELECT chain_hash FROM disclosure_seal WHERE place = 8)",
    )
    assert verified(register).wrong is None, "by itself it looks whole"
    assert verified(register, exported).wrong == Wrong(9, "cut")
    # The sealer goes on: now there is a tenth place again, and it is another one.
    tell(register, 11)
    tell(register, 12)
    seal(register.databases.register)
    assert verified(register, exported).wrong == Wrong(10, "rewritten")


def test_a_chain_that_was_made_anew_is_found_by_a_head_that_was_exported(register: Register) -> None:
    told(register, 10)
    exported = [end(register)]
    tamper(
        register,
        "DELETE FROM disclosure WHERE id = 5",
        "DELETE FROM disclosure_seal",
        "UPDATE disclosure_chain SET place = 0, chain_hash = decode(repeat('00', 32), 'hex'), snapshot = NULL",
    )
    seal(register.databases.register)
    tell(register, 11)
    seal(register.databases.register)
    assert verified(register).wrong is None
    assert verified(register, exported).wrong == Wrong(10, "rewritten")


def test_a_row_with_a_made_up_transaction_does_not_stop_the_sealer(register: Register) -> None:
    told(register, 2)
    tamper(register, "UPDATE disclosure SET xid = 2^60 WHERE id = 2")
    tell(register, 3)
    assert seal(register.databases.register) == 1
    assert seal(register.databases.register) == 0


def test_the_service_can_insert_disclosures_and_nothing_else(register: Register) -> None:
    told(register, 1)
    journal = register.databases.journal
    for statement in (
        "UPDATE disclosure SET purpose = 'x'",
        "DELETE FROM disclosure",
        "TRUNCATE disclosure",
        "SELECT persons FROM disclosure",
        "DELETE FROM disclosure_seal",
        "SELECT FROM person",
        "INSERT INTO disclosure (id) VALUES (1)",
        "INSERT INTO disclosure (xid) VALUES (0)",
    ):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            journal.execute(statement, {})
    tell(register, 2)


def test_a_user_who_may_not_take_the_journals_role_is_told_and_one_who_may_is_not(register: Register) -> None:
    with register.databases.register() as session:
        session.execute(text("CREATE ROLE somebody NOLOGIN"))
        session.execute(text("SET LOCAL ROLE somebody"))
        assert session.scalar(text("SELECT ensure_journal_role()")) is False
        session.execute(text("RESET ROLE"))
        session.execute(text("GRANT viis_journal TO somebody"))
        session.execute(text("SET LOCAL ROLE somebody"))
        assert session.scalar(text("SELECT ensure_journal_role()")) is True
        session.rollback()


@pytest.mark.parametrize("table", ["disclosure", "disclosure_seal"])
def test_the_owner_cannot_change_or_delete_either_by_accident(register: Register, table: str) -> None:
    told(register, 2)
    for statement in (f"UPDATE {table} SET row_hash = ''", f"DELETE FROM {table}", f"TRUNCATE {table}"):
        with pytest.raises(DBAPIError, match="is never changed"):
            register.execute(statement)


def test_a_journal_that_cannot_be_written_lets_no_answer_out(register: Register) -> None:
    with pytest.raises(RegisterUnavailable):
        record(register.databases.journal, SAID._replace(message_id="\0"))


def signed(_: Checkpoint) -> tuple[str, bytes]:
    return "key", b"signature"


def trusted(checkpoint: Checkpoint) -> bool:
    return (checkpoint.signed_by, checkpoint.signature, checkpoint.rows) == ("key", b"signature", checkpoint.place)


def expired(register: Register, before: datetime) -> int:
    return expire(register.databases.register, before, NOW, signed, trusted).rows


def test_old_rows_go_and_a_signed_checkpoint_stands_for_them(register: Register) -> None:
    for number in range(1, 11):
        tell(register, number, NOW + timedelta(days=number))
    tell(register, 11, NOW)
    seal(register.databases.register)
    exported = [end(register)]
    assert expired(register, NOW) == 0
    assert expired(register, NOW + timedelta(days=4)) == 3
    assert expired(register, NOW + timedelta(days=4)) == 0
    assert [place for (place,) in register.execute(PLACES)] == list(range(4, 12)), "what is old in the middle stays"
    found = verified(register, exported, trusted=trusted)
    assert (found.first, found.last, found.wrong) == (4, 11, None)
    assert expired(register, NOW + timedelta(days=6)) == 2
    assert register.execute("SELECT place, rows FROM disclosure_checkpoint ORDER BY place") == [(3, 3), (5, 5)]
    assert verified(register, trusted=lambda _: False).wrong == Wrong(5, "rewritten")
    with pytest.raises(UnknownPlace):
        verified(register, first=2, trusted=trusted)
    with pytest.raises(DBAPIError, match="is never changed"):
        register.execute("DELETE FROM disclosure WHERE message_id = 'm-6'")
    with pytest.raises(DBAPIError, match="is never changed"):
        register.execute("DELETE FROM disclosure_checkpoint")
    tell(register, 12)
    seal(register.databases.register)
    assert verified(register, exported, trusted=trusted).wrong is None


def test_an_interrupted_end_goes_on_and_what_is_hidden_still_is_kept(register: Register) -> None:
    for number in range(1, 7):
        tell(register, number)
    record(register.databases.journal, SAID._replace(message_id="hidden", hidden_until=NOW + timedelta(days=10)))
    tell(register, 8)
    seal(register.databases.register)
    before = NOW + timedelta(days=1)
    [(chain_hash,)] = register.execute("SELECT chain_hash FROM disclosure_seal WHERE place = 3")
    register.execute(
        "INSERT INTO disclosure_checkpoint VALUES (3, :hash, 3, :before, now(), 'key', 'signature')", hash=bytes(chain_hash), before=before
    )
    register.execute("DELETE FROM disclosure WHERE id = (SELECT disclosure_id FROM disclosure_seal WHERE place = 1)")
    register.execute("DELETE FROM disclosure_seal WHERE place = 1")
    assert expired(register, before) == 5
    assert [place for (place,) in register.execute(PLACES)] == [7, 8]
    assert verified(register, trusted=trusted).wrong is None


def test_a_copy_that_is_kept_stands_in_the_journal_after_its_row_was_old_enough(register: Register) -> None:
    with register.databases.register.begin() as session:
        for name in ("kept", "given_up"):
            copies.stand(cursor(session).execute, name, NOW)
        copies.end(cursor(session).execute, "given_up", NOW)
    seal(register.databases.register)
    tell(register, 1, NOW + timedelta(days=9))
    seal(register.databases.register)
    assert expired(register, NOW + timedelta(days=1)) == 3
    standing = "SELECT message_id, outcome, disclosed_at FROM disclosure WHERE operation = 'replica'"
    assert register.execute(standing) == [("replica/kept", "copied", NOW)]
    seal(register.databases.register)
    assert verified(register, trusted=trusted) == Verdict(4, 5, None, end(register), ANY)
    assert expired(register, NOW + timedelta(days=1)) == 0


def test_nothing_is_removed_behind_a_checkpoint_that_the_service_did_not_sign(register: Register) -> None:
    told(register, 4)
    register.execute(
        "INSERT INTO disclosure_checkpoint SELECT 3, chain_hash, 3, now(), now(), 'key', 'forged' FROM disclosure_seal WHERE place = 3"
    )
    with pytest.raises(NotWhole, match="Place 3 of the journal is rewritten"):
        expired(register, NOW)
    assert register.execute("SELECT count(*) FROM disclosure") == [(4,)]


def test_nothing_is_removed_of_a_chain_that_was_altered(register: Register) -> None:
    told(register, 4)
    tamper(register, "UPDATE disclosure SET persons = '{7}' WHERE id = 2")
    with pytest.raises(NotWhole):
        expired(register, NOW + timedelta(days=1))
    assert register.execute("SELECT count(*) FROM disclosure") == [(4,)]
    assert register.execute("SELECT count(*) FROM disclosure_checkpoint") == [(0,)]


def test_the_hash_is_of_the_instant_however_it_was_written(register: Register) -> None:
    for number, at in enumerate(["2026-11-23T10:00:00Z", "2026-11-23T12:00:00.5+02:00", "2026-11-23T10:00:00.123456Z", None]):
        record(register.databases.journal, SAID._replace(message_id=f"m-{number}", data_as_of=at))
    record(register.databases.journal, SAID._replace(user=None, issue=None, on_behalf_of="", persons=[], hidden_until=NOW))
    seal(register.databases.register)
    assert verified(register).wrong is None

"""A few seconds of what `python -m tests.bench.feed_race` does for a minute."""

from tests.bench.feed_race import race


def test_twenty_writers_a_killed_sequencer_and_a_reader_end_equal(database_url):
    counts = race(database_url, seconds=4)
    assert counts["committed"] > 20
    assert counts["killed"] >= 1
    assert counts["pages"] > 10

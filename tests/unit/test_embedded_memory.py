"""How much memory the server is given."""

import pytest

from adapters.embedded import memory


@pytest.mark.parametrize(
    ("limit", "buffers"), [("536870912\n", "128MB"), ("8589934592\n", "1024MB"), ("68719476736\n", "4096MB"), ("max\n", "4096MB")]
)
def test_an_eighth_of_the_memory_or_of_a_containers_part_is_taken(tmp_path, monkeypatch, limit, buffers):
    (tmp_path / "limit").write_text(limit)
    monkeypatch.setattr(memory, "LIMITS", (tmp_path / "limit", tmp_path / "not-there"))
    monkeypatch.setattr(memory.os, "sysconf", {"SC_PHYS_PAGES": 2**26, "SC_PAGE_SIZE": 4096}.__getitem__)

    assert memory.settings()["shared_buffers"] == buffers

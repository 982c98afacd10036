"""What the stand-in takes (ziņojumu pieņemšana): checked by schema and signature, kept in a file before it is acknowledged."""

import errno
import json
import os
import threading
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from lxml import etree

from adapters.avus import MESSAGES, SCHEMA
from adapters.contracts import signed_messages
from adapters.signatures import SignatureInvalid, Signer, verified


class Receipt(NamedTuple):
    """The stand-in's word (apliecinājums); `code` says why something is rejected."""

    message_id: str
    outcome: str
    code: str = ""
    text: str = ""


class Intake:
    """Everything that was taken, by message id; lines of JSON in `received.jsonl`, which a kill -9 leaves whole."""

    def __init__(self, folder: Path, signing: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self._lock, self._signer = threading.Lock(), Signer(signing)
        self._schema = signed_messages(SCHEMA)[1]
        path = folder / "received.jsonl"
        self._known = {json.loads(line)["messageId"] for line in _whole_lines(path)}
        self._file = path.open("ab", buffering=0)

    def take(self, message_id: str, message: etree._Element) -> Receipt:
        """Checks and keeps one message."""
        with self._lock:  # A schema is not shared by threads that use it at once.
            if not self._schema.validate(message):
                return Receipt(message_id, "rejected", "SCHEMA", "The message does not fit its schema.")
        try:
            believed = verified(etree.tostring(message, with_tail=False), self._signer.certificates())
        except SignatureInvalid as error:
            return Receipt(message_id, "rejected", "SIGNATURE", f"The signature is not valid: {error.kind}.")
        said = {name: believed.findtext(f"{{{MESSAGES}}}{name}") or "" for name in ("messageId", "client")}
        if said["messageId"] != message_id:
            return Receipt(message_id, "rejected", "MESSAGE_ID", "The message has another id than its delivery.")
        with self._lock:
            if message_id in self._known:
                return Receipt(message_id, "duplicate")
            line = {
                **said,
                "kind": etree.QName(believed).localname,
                "receivedAt": datetime.now(UTC).isoformat(),
                "xml": etree.tostring(believed, encoding="unicode"),
            }
            self._keep(json.dumps(line, ensure_ascii=False).encode() + b"\n")
            self._known.add(message_id)
            return Receipt(message_id, "accepted")

    def _keep(self, line: bytes) -> None:
        """The whole line or nothing of it, as when the disk is full."""
        size = os.fstat(self._file.fileno()).st_size
        try:
            if self._file.write(line) != len(line):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        except OSError:
            with suppress(OSError):
                self._file.truncate(size)
            raise

    def count(self) -> int:
        """How many messages were taken."""
        return len(self._known)

    def close(self) -> None:
        """Ends the file."""
        self._file.close()


def _whole_lines(path: Path) -> list[bytes]:
    """What was acknowledged; the half of a line that a kill -9 may have left was not, and is cut off."""
    if not path.exists():
        return []
    content = path.read_bytes()
    whole = content[: content.rfind(b"\n") + 1]
    if whole != content:
        path.write_bytes(whole)
    return whole.splitlines()

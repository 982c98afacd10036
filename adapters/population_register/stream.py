"""The bytes of an answer as they arrive: bounded in size and time, with the network's errors in our words."""

import time

from requests import Response
from urllib3.exceptions import HTTPError, ReadTimeoutError

from adapters.population_register.errors import CutShort, TooLarge, TooSlow, Unreachable

LARGEST_ANSWER = 64 << 20
LONGEST_ANSWER = 300.0


class Stream:
    """A file-like body: what a parser reads from."""

    def __init__(self, response: Response, largest: int = LARGEST_ANSWER, longest: float = LONGEST_ANSWER) -> None:
        self._raw, self._largest = response.raw, largest
        self._until = time.monotonic() + longest
        self.received = 0
        self.ended = False
        self._last = b""
        self.looks_like_html = False

    def read(self, size: int) -> bytes:
        """The next bytes; empty at the end."""
        try:
            # What is there; `read` would collect drops for as long as they come.
            chunk: bytes = self._raw.read1(size)
        except ReadTimeoutError as error:
            raise TooSlow() from error
        except (HTTPError, OSError) as error:
            raise (CutShort() if self.received else Unreachable()) from error
        if not self.received:
            self.looks_like_html = chunk[:200].lstrip(b"\xef\xbb\xbf \r\n\t")[:14].lower().startswith((b"<!doctype html", b"<html"))
        self.received += len(chunk)
        self.ended = not chunk
        self._last = (self._last + chunk)[-40:]
        if self.received > self._largest:
            raise TooLarge()
        # Each chunk may come just before the read's own limit; the whole has one too.
        if time.monotonic() > self._until:
            raise TooSlow()
        return chunk

    @property
    def cut_short(self) -> bool:
        """Whether everything that came was read, and its last words are not the end of an envelope."""
        return self.ended and not self._last.rstrip().endswith(b"Envelope>")

"""A worker of gunicorn (pakalpojuma process) that gives no thread to a connection before there is something to do.

gunicorn's own waits in a thread for the first bytes (five seconds) and for the whole TLS handshake (without end), so as many silent
connections as there are threads stop everybody. Here both are waited for in its poller, where a connection costs nothing, and only who
has shown a pinned certificate ever gets a thread.
"""

import ssl
import time
from datetime import UTC, datetime
from typing import Any

import structlog
from gunicorn.http import get_parser
from gunicorn.sock import ssl_wrap_socket
from gunicorn.workers.gthread import _DEFER, ThreadWorker

from adapters.tls import NotPinned

log = structlog.get_logger("viis.tls")
HANDSHAKE_WITHIN = 10.0  # seconds
TOLD_EVERY = 60.0  # seconds; whoever knocks all day does not fill the log


class Worker(ThreadWorker):  # type: ignore[misc]
    """gthread, with first bytes and handshakes waited for in the poller."""

    def __init__(self, *arguments: Any, **named: Any) -> None:
        super().__init__(*arguments, **named)
        self._told: dict[str, float] = {}

    def handle(self, conn: Any) -> Any:
        """Called in a thread, when a connection is new and whenever it can be read."""
        if conn.initialized:
            return super().handle(conn)
        if not self.cfg.is_ssl:
            return super().handle(conn) if conn.wait_for_data(0) else _DEFER
        try:
            self._shake_hands(conn)
        except (OSError, NotPinned) as error:
            self._tell(error)
            raise  # gunicorn closes at once what ends so; any other end it would wait for in its only loop
        return super().handle(conn) if conn.initialized and conn.sock.pending() else _DEFER

    def _shake_hands(self, conn: Any) -> None:
        """As far as the bytes that have come allow; the connection is initialized when the other side has shown a pin."""
        if not isinstance(conn.sock, ssl.SSLSocket):
            conn.shaken_by = time.monotonic() + HANDSHAKE_WITHIN
            conn.sock = ssl_wrap_socket(conn.sock, self.cfg)
        if time.monotonic() > conn.shaken_by:
            raise TimeoutError
        conn.sock.setblocking(False)
        try:
            conn.sock.do_handshake()
        except ssl.SSLWantReadError:
            return
        self.app.listener.tls.check(conn.sock, datetime.now(UTC))
        conn.parser = get_parser(self.cfg, conn.sock, conn.client)
        conn.initialized = True

    def _tell(self, error: Exception) -> None:
        """One line a minute for each reason, which is OpenSSL's words or a name of ours and holds nothing of the connection."""
        if not isinstance(error, (ssl.SSLError, NotPinned, TimeoutError)) or isinstance(error, (ssl.SSLEOFError, ssl.SSLZeroReturnError)):
            return  # Whoever only looks whether the port is open.
        reason = getattr(error, "verify_message", None) or getattr(error, "reason", None) or type(error).__name__
        now = time.monotonic()
        if now - self._told.get(reason, float("-inf")) > TOLD_EVERY:
            self._told[reason] = now
            log.warning("connection refused", reason=reason)

"""Delivery of the outbox (ziņojumu piegāde): claim a portion, sign and send each message, write what came of it; at least once.

No transaction is open while anything is sent. A receiver that is away is not asked for every message: after some failures in a row a
breaker opens, and from time to time one message tries whether it is back. What fails meanwhile is not the message's fault.
"""

from threading import Event
from time import monotonic, perf_counter_ns, time

import pybreaker
import structlog
from lxml import etree
from sqlalchemy.orm import Session, sessionmaker

from adapters.avus import OPERATION, SERVICE_VERSION
from adapters.avus.client import Answer, Avus, Rejected
from adapters.avus.messages import Unwritable, Writer
from adapters.calls import ANSWERED, FAILED, MESSAGE, REFUSED, CallLog, Noted
from adapters.key_pairs import NoPair, UnreadablePair
from core.outbox.claiming import Claimed, Failure, Receipt, claim, delivered, failed
from core.people import SourceFailed

PORTION = 50
# Half of a lease for sending, the rest for the last answer: who is slower than that sends twice, and the receiver says `duplicate`.
SHORTEST_LEASE = 120.0
FAILURES_IN_A_ROW, REST = 5, 15.0
REJECTED, UNWRITABLE = "rejected by the receiver", "content"
# The receiver's service, as the operational log names it, and the codes of what no code of ours stands for.
SERVICE, NOT_WANTED, UNEXPECTED = "avus-intake", "rejected", "unexpected"
log = structlog.get_logger("viis.deliver")


class Dispatcher:
    """Delivers messages; one a process, several may work side by side."""

    def __init__(
        self,
        register: sessionmaker[Session],
        writer: Writer,
        avus: Avus,
        *,
        portion: int = PORTION,
        lease: float = SHORTEST_LEASE,
        pause: float = 2.0,
        rest: float = REST,
        calls: CallLog | None = None,
    ) -> None:
        self._register, self._writer, self._avus = register, writer, avus
        self._portion, self._lease, self._pause, self._rest = portion, lease, pause, rest
        self._breaker = pybreaker.CircuitBreaker(
            FAILURES_IN_A_ROW, rest, exclude=[Rejected, ValueError], throw_new_error_on_trip=False, name="avus"
        )
        self._rests_until = 0.0
        self._calls = calls

    def step(self, stopped: Event) -> int:
        """Delivers one portion; gives how many messages had an outcome, whichever."""
        if self._rests():
            return 0
        # What is claimed is recorded as told, so nothing is claimed that cannot be sent.
        self._writer.ready()
        with self._register.begin() as session:
            claimed = claim(session, 1 if self._is_probing() else self._portion, self._lease)
        outcomes: list[Receipt | Failure] = []
        until = monotonic() + self._lease / 2
        try:
            for message in claimed:
                if stopped.is_set() or self._rests() or monotonic() > until:
                    break
                outcomes.append(self._outcome(message))
        finally:
            # What was not sent is given back, also when the keys cannot be read.
            outcomes += [Failure(message, None) for message in claimed[len(outcomes) :]]
            self._settle(outcomes)
        return sum(isinstance(one, Receipt) or one.why is not None for one in outcomes)

    def _outcome(self, message: Claimed) -> Receipt | Failure:
        probing = self._is_probing()
        try:
            signed = self._writer.write(message)
            return Receipt(message, *self._breaker.call(self._deliver, message, signed))
        except (NoPair, UnreadablePair):
            raise
        except (Unwritable, ValueError):  # A ValueError: its client is no X-Road identifier.
            return Failure(message, UNWRITABLE, dead=True)
        except Rejected:
            return Failure(message, REJECTED, dead=True, rejected=True)
        except pybreaker.CircuitBreakerError:
            return Failure(message, None)
        except SourceFailed as error:
            self._rest_when_open(error.code)
            return Failure(message, error.code, counted=not probing)
        except Exception as error:
            # Whatever it is, it is about this message, and the others go on. Its text may quote the message.
            log.error("a message could not be sent", message_id=message.message_id, error=type(error).__qualname__)
            return Failure(message, type(error).__qualname__)

    def _deliver(self, message: Claimed, signed: etree._Element) -> Answer:
        """Sends one message; a delivery is a call of the receiver's service, and the operational log keeps it."""
        started_at, begun, outcome, code = time(), perf_counter_ns(), FAILED, UNEXPECTED
        try:
            answer = self._avus.deliver(message.client, message.message_id, signed)
            outcome, code = ANSWERED, ""
            return answer
        except Rejected:
            outcome, code = REFUSED, NOT_WANTED
            raise
        except SourceFailed as error:
            code = error.code
            raise
        finally:
            if self._calls is not None:
                took, sizes, persons = (
                    perf_counter_ns() - begun,
                    (self._avus.sent, self._avus.received),
                    int(message.kind != "completeness"),
                )
                name = (MESSAGE, SERVICE, OPERATION, SERVICE_VERSION, message.client, True)
                self._calls.add(Noted(started_at, took, *name, outcome, code or None, *sizes, persons, message.message_id))

    def _rest_when_open(self, why: str) -> None:
        if self._is_probing():
            self._rests_until = monotonic() + self._rest
            log.error("messages are not delivered now", why=why, again_in=self._rest)

    def _settle(self, outcomes: list[Receipt | Failure]) -> None:
        if not outcomes:
            return
        failures = [one for one in outcomes if isinstance(one, Failure)]
        with self._register.begin() as session:
            delivered(session, [one for one in outcomes if isinstance(one, Receipt)])
            dead = failed(session, failures, self._pause)
        for one in failures:
            if one.message.message_id in dead:
                log.error("a message is not sent any more; viis outbox --dead lists them", message_id=one.message.message_id, why=one.why)

    def _is_probing(self) -> bool:
        return bool(self._breaker.current_state != pybreaker.STATE_CLOSED)

    def _rests(self) -> bool:
        return monotonic() < self._rests_until

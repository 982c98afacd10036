"""The floor of getProgrammeStatus: a dispatcher written by hand that does the service's own SQL and answers with f-strings.

What it answers is byte for byte what the service answers; a programme's status is about nobody, so neither records a disclosure.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import psycopg
from lxml import etree

from core.accreditation.status import PROGRAMME
from tests.bench.floor import answered, text

NAMESPACE = "http://viis.gov.lv/xroad/accreditation/v1"
_BODY = "{http://schemas.xmlsoap.org/soap/envelope/}Body"
_INSTITUTION, _PROGRAMME = f"{{{NAMESPACE}}}institution", f"{{{NAMESPACE}}}programme"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, collect_ids=False)


class StatusReader:
    """The statement over one connection a thread."""

    def __init__(self, url: str) -> None:
        self._url = url.replace("+psycopg", "")
        self._local = threading.local()

    def __call__(self, institution: str, programme: str) -> Sequence[Any]:
        if not hasattr(self._local, "replica"):
            options = "-c default_transaction_read_only=on -c jit=off"
            self._local.replica = psycopg.connect(self._url, autocommit=True, options=options).cursor()
        today = datetime.now(UTC).date()
        asked = {"institution": institution, "programme": programme, "on": today, "today": today, "as_of": None}
        return self._local.replica.execute(PROGRAMME, asked).fetchone()


class StatusFloor:
    """Answers getProgrammeStatus with the row that `read` gives."""

    def __init__(self, read: Callable[[str, str], Sequence[Any]], versions: dict[str, str]) -> None:
        self._read = read
        self._licence, self._term = versions["licence_status"], versions["accreditation_term"]

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        source = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        root = etree.fromstring(source, _PARSER)
        request = root.find(_BODY)[0]
        inside = self.status(self._read(request.findtext(_INSTITUTION), request.findtext(_PROGRAMME)))
        return answered(source, root, inside, start_response)

    def status(self, row: Sequence[Any]) -> str:
        """getProgrammeStatusResponse."""
        instant, found, number, name, code, programme, on, licensed, licence, accredited, own, institution, recognised, heirs, chain = row
        return (
            f'<getProgrammeStatusResponse xmlns="{NAMESPACE}"><dataAsOf>{instant}</dataAsOf><found>{_yes(found)}</found>'
            f"<institution>{number}</institution>{f'<institutionName>{text(name)}</institutionName>' if name else ''}"
            f"<programme>{code}</programme>{f'<programmeName>{text(programme)}</programmeName>' if programme else ''}"
            f"<onDate>{on}</onDate><licensed>{_yes(licensed)}</licensed>{self.licence(licence)}<accredited>{_yes(accredited)}</accredited>"
            f"{self.term('programmeAccreditation', own)}{self.term('institutionAccreditation', institution)}"
            f"<recognised>{_yes(recognised)}</recognised><successors>{_heirs(heirs)}</successors>"
            f"<decisions>{''.join([_decision(*one) for one in chain])}</decisions></getProgrammeStatusResponse>"
        )

    def licence(self, held: Sequence[Any] | None) -> str:
        """The licence on the day."""
        if held is None:
            return ""
        status, first, last, start_by, decision, number = held
        return (
            f'<licence><status listVersion="{self._licence}">{status}</status><validFrom>{first}</validFrom>'
            f"{f'<validTo>{last}</validTo>' if last else ''}{f'<startBy>{start_by}</startBy>' if start_by else ''}"
            f"<decisionId>{decision}</decisionId><decisionNumber>{text(number)}</decisionNumber></licence>"
        )

    def term(self, element: str, held: Sequence[Any] | None) -> str:
        """An accreditation on the day."""
        if held is None:
            return ""
        status, first, last, decision, number = held
        return (
            f'<{element}><status listVersion="{self._term}">{status}</status><validFrom>{first}</validFrom>'
            f"{f'<validTo>{last}</validTo>' if last else ''}<decisionId>{decision}</decisionId>"
            f"<decisionNumber>{text(number)}</decisionNumber></{element}>"
        )


def _yes(value: bool) -> str:
    return "true" if value else "false"


def _heirs(heirs: Sequence[Sequence[Any]]) -> str:
    return "".join(
        [
            f"<succession><institution>{a}</institution><name>{text(b)}</name><kind>{c}</kind><since>{d}</since></succession>"
            for a, b, c, d in heirs
        ]
    )


def _decision(
    key: int,
    subject: str,
    programme: str | None,
    authority: str,
    number: str,
    outcome: str,
    status: str,
    on: str,
    first: str,
    last: str | None,
    published: str,
    before: int | None,
    revoked: str | None,
    appeals: Sequence[Sequence[Any]],
) -> str:
    said = "".join(
        [
            f"<appeal><lodgedOn>{a}</lodgedOn>{f'<outcome>{b}</outcome><decidedOn>{c}</decidedOn>' if b else ''}</appeal>"
            for a, b, c in appeals
        ]
    )
    return (
        f"<decision><decisionId>{key}</decisionId><subject>{subject}</subject>{f'<programme>{programme}</programme>' if programme else ''}"
        f"<authority>{text(authority)}</authority><number>{text(number)}</number><outcome>{outcome}</outcome><status>{status}</status>"
        f"<decidedOn>{on}</decidedOn><validFrom>{first}</validFrom>{f'<validTo>{last}</validTo>' if last else ''}"
        f"<publishedAt>{published}</publishedAt>{f'<supersedes>{before}</supersedes>' if before else ''}"
        f"{f'<revokedAt>{revoked}</revokedAt>' if revoked else ''}<appeals>{said}</appeals></decision>"
    )

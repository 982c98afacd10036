"""The floor of the change feed: a dispatcher written by hand that writes pages of affiliations' events with f-strings.

What it answers is byte for byte what the service answers; it knows only what the bench asks for: pages of upserts of affiliations.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lxml import etree

from tests.bench.floor import NAMESPACE, answered, text

_BODY = "{http://schemas.xmlsoap.org/soap/envelope/}Body"
_CURSOR, _SIZE = f"{{{NAMESPACE}}}cursor", f"{{{NAMESPACE}}}pageSize"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, collect_ids=False)

# (dataAsOf, events, whether more are there, the next cursor)
Page = tuple[str, Sequence[Sequence[Any]], bool, str]


class FeedFloor:
    """Answers listEducationChanges with what `read` gives for a cursor and a size."""

    def __init__(self, read: Callable[[str | None, int], Page]) -> None:
        self._read = read

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        source = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        root = etree.fromstring(source, _PARSER)
        request = root.find(_BODY)[0]
        inside = page(*self._read(request.findtext(_CURSOR), int(request.findtext(_SIZE))))
        return answered(source, root, inside, start_response)


def page(instant: str, events: Sequence[Sequence[Any]], more: bool, cursor: str) -> str:
    """listEducationChangesResponse."""
    rows = [
        f"<event><position>{at}</position><changedAt>{when}</changedAt><kind>{kind}</kind><entity>{entity}</entity>"
        f"<entryId>{entry}</entryId><version>{version}</version><affiliation>"
        f"{f'<personalCode>{a}</personalCode>' if a else ''}"
        f"{f'<identifierInstitution>{b}</identifierInstitution><identifier>{text(c)}</identifier>' if b else ''}"
        f"<givenName>{text(d)}</givenName><surname>{text(e)}</surname><birthDate>{f}</birthDate><institution>{g}</institution>"
        f"<main>{h}</main>{f'<classLevel>{i}</classLevel>' if i else ''}{f'<classGroup>{text(j)}</classGroup>' if j else ''}"
        f"<studyForm>{k}</studyForm><language>{m}</language><status>{n}</status><startedOn>{o}</startedOn>"
        f"{f'<endedOn>{p}</endedOn>' if p else ''}{f'<startOrder>{text(q)}</startOrder>' if q else ''}"
        f"{f'<endOrder>{text(r)}</endOrder>' if r else ''}{f'<programme>{s}</programme>' if s else ''}"
        f"{f'<endReason>{t}</endReason>' if t else ''}</affiliation></event>"
        for at, when, kind, entity, entry, version, (a, b, c, d, e, f, g, h, i, j, k, m, n, o, p, q, r, s, t) in events
    ]
    return (
        f'<listEducationChangesResponse xmlns="{NAMESPACE}"><dataAsOf>{instant}</dataAsOf><events>{"".join(rows)}</events>'
        f"<more>{'true' if more else 'false'}</more><nextCursor>{cursor}</nextCursor></listEducationChangesResponse>"
    )

"""The floor: a WSGI dispatcher written by hand with f-strings, as fast as honesty allows.

It parses the message, echoes the header by its bytes, trusts every value except free text (which it escapes), and checks nothing. What it
answers is byte for byte what the boundary answers.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from lxml import etree

NAMESPACE = "http://viis.gov.lv/xroad/education-process/v1"
_CODE = f"{{{NAMESPACE}}}personalCode"
_INSTITUTION = f"{{{NAMESPACE}}}institution"
_BODY = "{http://schemas.xmlsoap.org/soap/envelope/}Body"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, collect_ids=False)
HEADERS = ("Content-Type", "text/xml; charset=utf-8")


def text(value: str) -> str:
    """Free text, escaped."""
    if value.isalnum():
        return value
    return value.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def answered(source: bytes, root: Any, inside: str, start_response: Callable[..., Any]) -> list[bytes]:
    """The answer around a body, with the header's own bytes."""
    prefix = root.prefix
    start, end = source.index(f"<{prefix}:Header".encode()), source.index(f"</{prefix}:Header>".encode())
    header = source[start : end + len(prefix) + 10].decode()
    declared = "".join(f' xmlns:{name}="{uri}"' for name, uri in root.nsmap.items())
    answer = (
        f"<?xml version='1.0' encoding='UTF-8'?>\n<{prefix}:Envelope{declared}>{header}<{prefix}:Body>{inside}"
        f"</{prefix}:Body></{prefix}:Envelope>"
    ).encode()
    start_response("200 OK", [HEADERS, ("Content-Length", str(len(answer)))])
    return [answer]


class Floor:
    """Answers getPersonEducation and listAffiliations with rows that `read` gives for what was asked."""

    def __init__(self, read: Callable[[str, str], Sequence[Any]], versions: dict[str, str]) -> None:
        self._read = read
        self._versions = versions

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        source = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        root = etree.fromstring(source, _PARSER)
        request = root.find(_BODY)[0]
        operation = request.tag.rpartition("}")[2]
        if operation == "getPersonEducation":
            inside = self.person(self._read(operation, request.findtext(_CODE)))
        else:
            inside = self.page(self._read(operation, request.findtext(_INSTITUTION)))
        return answered(source, root, inside, start_response)

    def person(self, row: Sequence[Any]) -> str:
        """getPersonEducationResponse."""
        instant, found, person = row
        code, former, identifiers, given, surname, born, status, municipality, affiliations, posts = person
        v = self._versions
        head = (
            f'<getPersonEducationResponse xmlns="{NAMESPACE}"><dataAsOf>{instant}</dataAsOf><found>{"true" if found else "false"}</found>'
            f"<person>{f'<personalCode>{code}</personalCode>' if code else ''}<formerPersonalCodes>"
            + "".join([f"<personalCode>{c}</personalCode>" for c in former])
            + "</formerPersonalCodes><identifiers>"
            + "".join([f"<identifier><institution>{a}</institution><value>{text(b)}</value></identifier>" for a, b in identifiers])
            + f"</identifiers><givenName>{text(given)}</givenName><surname>{text(surname)}</surname><birthDate>{born}</birthDate>"
            f"<status>{status}</status>"
            + (f'<municipality listVersion="{v["atvk_municipalities"]}">{municipality}</municipality>' if municipality else "")
        )
        level = f'<classLevel listVersion="{v["class_levels"]}">'
        form = f'<studyForm listVersion="{v["study_form_digit8"]}">'
        language = f'<language listVersion="{v["programme_language_digit7"]}">'
        state = f'<status listVersion="{v["enrolment_status"]}">'
        reason = f'<endReason listVersion="{v["enrolment_end_reason"]}">'
        rows = [
            f"<affiliation><institution>{a}</institution><institutionName>{text(b)}</institutionName><programme>{c}</programme>"
            f"<programmeName>{text(d)}</programmeName><main>{'true' if e else 'false'}</main>"
            f"{f'{level}{f}</classLevel>' if f else ''}{f'<classGroup>{text(g)}</classGroup>' if g else ''}"
            f"{f'{form}{h}</studyForm>' if h else ''}{f'{language}{i}</language>' if i else ''}{state}{j}</status>"
            f"<startedOn>{k}</startedOn>{f'<endedOn>{m}</endedOn>' if m else ''}"
            f"{f'<startOrder>{text(n)}</startOrder>' if n else ''}{f'<endOrder>{text(o)}</endOrder>' if o else ''}"
            f"{f'{reason}{p}</endReason>' if p else ''}<programmeLicensed>{'true' if q else 'false'}</programmeLicensed>"
            f"<programmeAccredited>{'true' if r else 'false'}</programmeAccredited></affiliation>"
            for a, b, c, d, e, f, g, h, i, j, k, m, n, o, p, q, r in affiliations
        ]
        work = [
            f"<teachingPost><institution>{a}</institution><institutionName>{text(b)}</institutionName><post>{text(c)}</post>"
            f"<load>{d}</load><startedOn>{e}</startedOn>{f'<endedOn>{f}</endedOn>' if f else ''}</teachingPost>"
            for a, b, c, d, e, f in posts
        ]
        return (
            f"{head}<affiliations>{''.join(rows)}</affiliations><teachingPosts>{''.join(work)}</teachingPosts></person>"
            "</getPersonEducationResponse>"
        )

    def page(self, row: Sequence[Any]) -> str:
        """listAffiliationsResponse."""
        instant, learners, cursor = row
        v = self._versions
        level = f'<classLevel listVersion="{v["class_levels"]}">'
        form = f'<studyForm listVersion="{v["study_form_digit8"]}">'
        language = f'<language listVersion="{v["programme_language_digit7"]}">'
        state = f'<status listVersion="{v["enrolment_status"]}">'
        rows = [
            f"<affiliation>{f'<personalCode>{a}</personalCode>' if a else ''}"
            f"{f'<identifier><institution>{b[0]}</institution><value>{text(b[1])}</value></identifier>' if b else ''}"
            f"<givenName>{text(c)}</givenName><surname>{text(d)}</surname><birthDate>{e}</birthDate>"
            f"<institution>{f}</institution>{f'<programme>{g}</programme>' if g else ''}<main>{'true' if h else 'false'}</main>"
            f"{f'{level}{i}</classLevel>' if i else ''}{f'<classGroup>{text(j)}</classGroup>' if j else ''}"
            f"{f'{form}{k}</studyForm>' if k else ''}{f'{language}{m}</language>' if m else ''}{state}{n}</status>"
            f"<startedOn>{o}</startedOn>{f'<endedOn>{p}</endedOn>' if p else ''}</affiliation>"
            for a, b, c, d, e, f, g, h, i, j, k, m, n, o, p in learners
        ]
        return (
            f'<listAffiliationsResponse xmlns="{NAMESPACE}"><dataAsOf>{instant}</dataAsOf><affiliations>{"".join(rows)}</affiliations>'
            f"{f'<nextCursor>{cursor}</nextCursor>' if cursor else ''}</listAffiliationsResponse>"
        )

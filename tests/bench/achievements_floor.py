"""The floor of getPersonAchievements: a dispatcher written by hand that does the service's own SQL and disclosure and uses f-strings.

What it answers is byte for byte what the service answers.
"""

from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

from lxml import etree

from core.access import ScopeKind
from core.achievements import person
from tests.bench.floor import answered, text

NAMESPACE = "http://viis.gov.lv/xroad/achievements/v1"
_BODY = "{http://schemas.xmlsoap.org/soap/envelope/}Body"
_CODE = f"{{{NAMESPACE}}}personalCode"
_PARSER = etree.XMLParser(resolve_entities=False, no_network=True, collect_ids=False)
_PASSED = {None: "", True: "<passed>true</passed>", False: "<passed>false</passed>"}
STATEMENT = person._statement(ScopeKind.EVERYTHING, False, False)


def asking(code: str) -> dict[str, object]:
    """The parameters of the service's statement."""
    today = datetime.now(UTC).date()
    named = {"scheme": "personal_code", "issuer": "", "value": code}
    return {**named, "scope": [], "on": today, "today": today, "as_of": None, "restricted": False, "health": True}


class AchievementsFloor:
    """Answers getPersonAchievements with the row that `read` gives."""

    def __init__(self, read: Callable[[str], Sequence[Any]], versions: dict[str, str]) -> None:
        self._read, self._versions = read, versions

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        source = environ["wsgi.input"].read(int(environ["CONTENT_LENGTH"]))
        root = etree.fromstring(source, _PARSER)
        return answered(source, root, self.person(self._read(root.find(_BODY)[0].findtext(_CODE))), start_response)

    def person(self, row: Sequence[Any]) -> str:
        """getPersonAchievementsResponse."""
        instant, _, (code, former, identifiers, given, surname, born, documents, results) = row
        named = "".join([f"<identifier><institution>{a}</institution><value>{text(b)}</value></identifier>" for a, b in identifiers])
        return (
            f'<getPersonAchievementsResponse xmlns="{NAMESPACE}"><dataAsOf>{instant}</dataAsOf><found>true</found><person>'
            f"{f'<personalCode>{code}</personalCode>' if code else ''}<formerPersonalCodes>"
            f"{''.join([f'<personalCode>{one}</personalCode>' for one in former])}</formerPersonalCodes><identifiers>{named}</identifiers>"
            f"<givenName>{text(given)}</givenName><surname>{text(surname)}</surname><birthDate>{born}</birthDate>"
            f"<documents>{''.join([self.document(*one) for one in documents])}</documents>"
            f"<examResults>{''.join([self.result(*one) for one in results])}</examResults></person></getPersonAchievementsResponse>"
        )

    def document(
        self, key: int, version: int, kind: str, series: str | None, number: str, issued: str, status: str, school: str, *more: Any
    ) -> str:
        """A document with its marks."""
        name, programme, marks, replaces, replaced_by, confirmed, why, words = more
        v = self._versions
        scale = f'<scale listVersion="{v["exam_result_scale"]}">'
        inside = "".join(
            [
                f"<mark><subject>{text(a)}</subject>{scale}{b}</scale>{f'<value>{c}</value>' if c is not None else ''}</mark>"
                for a, b, c in marks
            ]
        )
        return (
            f"<document><documentId>{key}</documentId><version>{version}</version>"
            f'<documentType listVersion="{v["document_types"]}">{kind}</documentType>'
            f"{f'<series>{text(series)}</series>' if series else ''}<number>{text(number)}</number><issuedOn>{issued}</issuedOn>"
            f"<status>{status}</status><institution>{school}</institution>"
            f"{f'<institutionName>{text(name)}</institutionName>' if name else ''}"
            f"{f'<programme>{programme}</programme>' if programme else ''}<marks>{inside}</marks>"
            f"{_numbered('replaces', replaces)}{_numbered('replacedBy', replaced_by)}"
            f"<confirmed>{'true' if confirmed else 'false'}</confirmed>"
            + (
                f'<notConfirmed listVersion="{v["confirmation_reasons"]}">{why}</notConfirmed>'
                f"<notConfirmedReason>{text(words)}</notConfirmedReason>"
                if why
                else ""
            )
            + "</document>"
        )

    def result(self, key: int | None, version: int | None, exam: str, kind: str, subject: str, level: str, year: str, *more: Any) -> str:
        """A result, or that none was received yet."""
        session, held, school, name, outcome, scale, value, cefr, parts, certificate, threshold, passed, reason, published = more
        v = self._versions
        inside = "".join([f"<part><name>{text(a)}</name><percent>{b}</percent></part>" for a, b in parts])
        return (
            f"<examResult>{f'<resultId>{key}</resultId><version>{version}</version>' if key else ''}<examination>{text(exam)}</examination>"
            f'<kind listVersion="{v["exam_kind"]}">{kind}</kind><subject listVersion="{v["exam_subjects"]}">{subject}</subject>'
            f'<level listVersion="{v["exam_levels"]}">{level}</level><schoolYear>{year}</schoolYear><session>{session}</session>'
            f"{f'<heldOn>{held}</heldOn>' if held else ''}<institution>{school}</institution>"
            f"{f'<institutionName>{text(name)}</institutionName>' if name else ''}<outcome>{outcome}</outcome>"
            + (f'<scale listVersion="{v["exam_result_scale"]}">{scale}</scale>' if scale else "")
            + f"{f'<value>{value}</value>' if value else ''}{f'<cefrLevel>{cefr}</cefrLevel>' if cefr else ''}<parts>{inside}</parts>"
            f"{f'<certificateNumber>{text(certificate)}</certificateNumber>' if certificate else ''}"
            f"{f'<threshold>{threshold}</threshold>' if threshold is not None else ''}"
            f"{_PASSED[passed]}"
            f"{f'<correctionReason>{reason}</correctionReason>' if reason else ''}"
            f"{f'<publishedAt>{published}</publishedAt>' if published else ''}</examResult>"
        )


def _numbered(element: str, named: Sequence[str | None] | None) -> str:
    if named is None:
        return ""
    series, number = named
    return f"<{element}>{f'<series>{text(series)}</series>' if series else ''}<number>{text(number or '')}</number></{element}>"

"""GET /: the services with their contracts, for whoever opens the address in a browser, and examples for those who write clients."""

from collections.abc import Callable, Iterable, Mapping
from html import escape
from importlib.resources import files
from typing import Any, NamedTuple

LOCAL = "http://127.0.0.1:8080"  # as the examples in the package name the service
EXAMPLES = {
    "/examples/follow.py": "follow_example.py",
    "/examples/submit.py": "submit_example.py",
    "/examples/case.py": "case_example.py",
    "/examples/licence.py": "licence_example.py",
    "/examples/campaign.py": "campaign_example.py",
}

PAGE = """<!doctype html>
<html lang="lv"><head><meta charset="utf-8"><title>VIIS</title><meta name="viewport" content="width=device-width">
<style>
body {{ font: 16px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 60rem; padding: 0 1rem; color: #1b1b1b; background: #fff }}
h1 {{ font-size: 1.6rem; margin-bottom: 0 }} h2 {{ font-size: 1.2rem; margin: 2rem 0 .3rem }} p {{ margin: .3rem 0 1rem }}
table {{ border-collapse: collapse; width: 100% }} td, th {{ text-align: left; vertical-align: top; padding: .4rem .8rem .4rem 0 }}
td:first-child, th:first-child {{ width: 20rem; white-space: nowrap }}
tr + tr td {{ border-top: 1px solid #ddd }} code {{ font-size: .95em }} .en {{ color: #555 }} a {{ color: #00528c }}
</style></head><body>
<h1>VIIS — Valsts izglītības informācijas sistēma</h1>
<p class="en">State education information system: services by SOAP over X-Road (message protocol 4.0)</p>
{services}
<h2>Piemēri · <span class="en">examples</span></h2>
<table>
<tr><td><a href="/examples/follow.py"><code>follow.py</code></a></td><td>Uztur kopiju un pierāda, ka tā ir vienāda ar reģistru<br>
<span class="en">Keeps a copy, and proves it equal to the register</span></td></tr>
<tr><td><a href="/examples/submit.py"><code>submit.py</code></a></td><td>Iesniedz piederības no tabulas<br>
<span class="en">Submits affiliations from a table</span></td></tr>
<tr><td><a href="/examples/case.py"><code>case.py</code></a></td><td>Nemācošā bērna lieta no saraksta līdz slēgšanai<br>
<span class="en">The case of a child in no school, from the list to its closing</span></td></tr>
<tr><td><a href="/examples/licence.py"><code>licence.py</code></a></td><td>Programmas licence no pieteikuma līdz publicēšanai<br>
<span class="en">The licence of a programme, from its application to the public register</span></td></tr>
<tr><td><a href="/examples/campaign.py"><code>campaign.py</code></a></td><td>Uzņemšana no kārtotājiem līdz apliecinātam labojumam<br>
<span class="en">A campaign of admission, from candidates to a correction that is acknowledged</span></td></tr>
</table>
<h2>Portāliem · <span class="en">for portals</span></h2>
<p>Kam personas dati izsniegti, kā to lasa Igaunijas datu izsekotājs ·
<span class="en">to whom data was disclosed, as Estonia's data tracker reads it</span>:
<code>/rest/disclosures/findUsage</code>, <a href="/rest/disclosures/usagePeriod"><code>usagePeriod</code></a>,
<a href="/rest/disclosures/heartbeat"><code>heartbeat</code></a></p>
</body></html>
"""
SERVICE = """<h2>{name}</h2>
<p>Līgums · <span class="en">contract</span>: <a href="/soap/{name}?wsdl"><code>{address}/soap/{name}?wsdl</code></a></p>
<table><tr><th>Operācija · operation</th><th>Ko dara · what it does</th></tr>
{operations}
</table>
"""
OPERATION = """<tr><td><code>{code}</code> {version}</td><td>{lv}<br><span class="en">{en}</span></td></tr>"""


class Titled(NamedTuple):
    """An operation as the page shows it."""

    code: str
    version: str
    lv: str
    en: str


def index_page(public_url: str, services: Mapping[str, Iterable[Titled]]) -> bytes:
    """The page, made once at start."""
    parts = []
    for name, operations in services.items():
        rows = "\n".join(OPERATION.format(**{key: escape(value) for key, value in item._asdict().items()}) for item in operations)
        parts.append(SERVICE.format(name=escape(name), address=escape(public_url), operations=rows))
    return PAGE.format(services="\n".join(parts)).encode()


def examples(public_url: str) -> dict[str, bytes]:
    """The programs that integrators start from, by path, with the address of this service."""
    folder = files("adapters.web")
    return {path: (folder / name).read_text("utf-8").replace(LOCAL, public_url).encode() for path, name in EXAMPLES.items()}


def index(page: bytes, programs: Mapping[str, bytes]) -> Callable[[dict[str, Any], Callable[..., Any]], list[bytes]]:
    """A WSGI application that answers with the page, and with the examples as text."""
    contents = {"": page, "/": page, **programs}

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> list[bytes]:
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD"):
            start_response("405 Method Not Allowed", [("Allow", "GET, HEAD"), ("Content-Length", "0")])
            return []
        path = environ.get("PATH_INFO", "/")
        content = contents.get(path)
        if content is None:
            start_response("404 Not Found", [("Content-Length", "0")])
            return []
        kind = "text/plain" if path in programs else "text/html"
        headers = [("Content-Type", f"{kind}; charset=utf-8"), ("Content-Length", str(len(content))), ("Cache-Control", "no-cache")]
        start_response("200 OK", headers)
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [content]

    return application

"""Nothing a flow, a model or a component's author wrote may become markup, code, a style or an address.

Text goes in as text nodes; attributes are set by key. These are the ways around that, kept out by reading the source.
"""

import re
from pathlib import Path

import pytest

import weft.ui

ROOT = Path(weft.ui.__file__).parent
STATIC = Path(__file__).parents[2] / "static"

FORBIDDEN = {
    r"\.props\(": "props are set by key: see elements.Thing.put",
    r"\bui\.(html|markdown|add_body_html|mermaid|restructured_text|chat_message)\b": "text is a text node",
    r"\bsanitize\s*=\s*False": "nothing is put in unsanitised",
    r"\.classes\(f?[\"'{].*\{": "a class is never made of data",
    r"\.style\(": "a style is never a string with data in it",
    r"run_javascript\(\s*f[\"']": "arguments go through run_method, as JSON",
    r"js_handler\s*=\s*f[\"']": "a handler is a constant",
    r"ui\.link\b": "an address is a constant or a slug of ours",
    r"add_slot\(.*template": "a template is code",
    r"[\"']:[a-z-]+[\"']\s*[:\]]": "a prop that starts with a colon runs as code",
    r"(?<!weft\.)\bui\.(image|interactive_image|video|audio|icon|avatar|table|aggrid|echart|plotly|highchart|json_editor|code|log|notify|editor|codemirror|leaflet|scene|upload)\b": "pages are made of our own elements",
    r"_props\[f?[\"'](?!loopback|error)": "props go through put",
}
ADDRESSES = re.compile(
    r"""navigate\.to\((?!f"/flows/\{slug\}"\)|f"/flows/\{quote\(|"/|self\._inner\(|address\(|there\))|add_head_html\((?!EARLY|f'<link rel="stylesheet" href="/static/)"""
)
"""Where a page may lead: to a flow by its slug, and to addresses written out here."""


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_python_makes_no_markup_of_data(path: Path) -> None:
    found = [
        f"{path.name}:{number}: {why}"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        for pattern, why in FORBIDDEN.items()
        if re.search(pattern, line)
    ]
    assert not found, found
    assert not ADDRESSES.search(path.read_text())


NEVER = (
    "v-html", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "setHTML", "srcdoc",
    "createContextualFragment", "DOMParser", "javascript:", ".cssText", "importScripts", "setTimeout('", 'setTimeout("',
    "setInterval('", 'setInterval("', "setInterval(`", "setTimeout(`", "Function(`", "Function('", 'Function("', "window.open", "v-bind=\"",
    "sendBeacon", "XMLHttpRequest", "EventSource", "new WebSocket", "document.domain", "parseHTMLUnsafe", "setHTMLUnsafe",
)  # fmt: skip
CONSTANT = re.compile(r"""\.innerHTML = (`[^`$]*`|'[^'\\]*'|"[^"\\]*");""")
"""Markup that is written out in the source, with nothing put into it."""


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.js")), ids=lambda path: str(path.relative_to(STATIC)))
def test_the_browser_makes_no_markup_of_data(path: Path) -> None:
    text = CONSTANT.sub("", path.read_text())
    for pattern in (*NEVER, "innerHTML"):
        assert pattern not in text, f"{path.name} uses {pattern}"


LEADS = re.compile(
    r"""(?:\.(?:href|src|srcset|action|formAction|ping|poster)\s*=(?!=)|\blocation\s*=(?!=)|location\.(?:assign|replace)\(|"""
    r"""\bfetch\(|\bimport\((?!')|setAttribute\(\s*['"`](?:href|src|srcdoc|srcset|action|style|on\w+|xlink:href)['"`]\s*,|"""
    r""":(?:href|src|srcdoc|srcset|action|formaction|ping|poster)=")(?P<to>[^\n]{0,70})"""
)
OURS = re.compile(
    r"""\s*(?:'/(?!/)|"/(?!/)|`/(?!/)|URL\.createObjectURL\(|href;|address\);|style\);|message\.url,|this\.editor\.flowsUrl,|url, \{|this\.table\)|"""
    r"""`/flows/\$\{encodeURIComponent|found\.picture"|item\.href"|flow \+ '\?run=')"""
)
"""Addresses that are written out, of this page's own server, or made of a slug; `address` is markdown's, which takes only
links that `test_links_of_a_text` allows; `found.picture` is a picture's own data."""


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.js")), ids=lambda path: str(path.relative_to(STATIC)))
def test_nothing_leads_where_data_says(path: Path) -> None:
    text = re.sub(r"/\*.*?\*/|^\s*//[^\n]*", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
    found = [match[0].strip() for match in LEADS.finditer(text) if not OURS.match(match["to"])]
    assert not found, found


def test_an_address_that_is_data_would_be_found() -> None:
    for bad in (
        "a.href = link;",
        "location.assign(there);",
        "fetch(`${x}/y`)",
        "el.setAttribute('onclick', x)",
        ':href="row.address">',
    ):
        assert any(not OURS.match(match["to"]) for match in LEADS.finditer(bad)), bad
    assert ADDRESSES.search("ui.navigate.to(value)")


def test_pages_that_are_text_are_made_in_three_places() -> None:
    """The login, and what is said when there is no page: with all that isn't constant escaped (see `test_attacks`)."""
    package = ROOT.parent
    made = {
        str(path.relative_to(package))
        for path in package.rglob("*.py")
        if "HTMLResponse(" in path.read_text()
    }
    assert made == {"server/errors.py", "server/login.py", "ui/errors.py"}


def test_every_file_that_the_browser_gets_is_looked_at() -> None:
    kinds = {path.suffix for path in STATIC.rglob("*") if path.is_file()}
    assert kinds == {".js", ".css"}


def test_a_place_that_makes_markup_of_data_would_be_found() -> None:
    for bad in (
        "a.innerHTML = `<b>${x}</b>`;",
        "a.innerHTML = x;",
        "a.innerHTML += '<b>';",
        "a.innerHTML = '<b>' + x;",
    ):
        assert "innerHTML" in CONSTANT.sub("", bad)


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.css")), ids=lambda path: path.name)
def test_style_sheets_fetch_nothing(path: Path) -> None:
    addresses = re.findall(r"url\(\s*[\"']?([^\"')]{0,12})", path.read_text())
    assert all(address.startswith(("data:image/", "#")) for address in addresses), addresses
    assert "@import" not in path.read_text()

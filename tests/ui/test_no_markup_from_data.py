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
}


@pytest.mark.parametrize("path", sorted(ROOT.rglob("*.py")), ids=lambda path: str(path.relative_to(ROOT)))
def test_python_makes_no_markup_of_data(path: Path) -> None:
    found = [
        f"{path.name}:{number}: {why}"
        for number, line in enumerate(path.read_text().splitlines(), 1)
        for pattern, why in FORBIDDEN.items()
        if re.search(pattern, line)
    ]
    assert not found, found


NEVER = (
    "v-html", "outerHTML", "insertAdjacentHTML", "document.write", "eval(", "new Function", "setHTML", "srcdoc",
    "createContextualFragment", "DOMParser", "javascript:", ".cssText", "importScripts", "setTimeout('", 'setTimeout("',
)  # fmt: skip
CONSTANT = re.compile(r"""\.innerHTML = (`[^`$]*`|'[^'\\]*'|"[^"\\]*");""")
"""Markup that is written out in the source, with nothing put into it."""


@pytest.mark.parametrize("path", sorted(STATIC.rglob("*.js")), ids=lambda path: str(path.relative_to(STATIC)))
def test_the_browser_makes_no_markup_of_data(path: Path) -> None:
    text = CONSTANT.sub("", path.read_text())
    for pattern in (*NEVER, "innerHTML"):
        assert pattern not in text, f"{path.name} uses {pattern}"


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

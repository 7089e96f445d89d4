"""What the browser loads besides the page: style sheets, and the small Vue components in `static/ui/`.

Everything is served as immutable, so its address must change with its content. Style sheets lie under
`/static/<digest>/`; for components the digest takes the place of the modification time that NiceGUI hashes into
their address (an installed wheel gives every file the same one).
"""

import hashlib
from functools import cache
from pathlib import Path

from fastapi import FastAPI
from fastapi.staticfiles import StaticFiles
from nicegui import ui
from nicegui.dependencies import Component, register_esm, register_vue_component
from starlette.responses import Response
from starlette.types import Scope

from weft.catalog.loader import stock_root

STYLES = (
    "theme.css",
    "ui/base.css",
    "ui/buttons.css",
    "ui/marks.css",
    "ui/icons.css",
    "ui/form.css",
    "ui/sections.css",
    "ui/over.css",
    "ui/menu.css",
)
YEAR = 31_536_000


class Immutable(StaticFiles):
    """Files whose address names their content: a browser may keep them for good."""

    async def get_response(self, path: str, scope: Scope) -> Response:
        response = await super().get_response(path, scope)
        if response.status_code == 200:
            response.headers["Cache-Control"] = f"public, max-age={YEAR}, immutable"
        return response


def serve(app: FastAPI) -> None:
    """Add the folder `static/` to the server. The digest in the address only makes it unique."""
    app.mount("/static/{digest}", Immutable(directory=static_root()), name="static")


EARLY = """<script>
  {
    let theme = null;
    try { theme = localStorage.getItem("weft-theme"); } catch { /* storage may be switched off */ }
    const dark = theme === "dark" || (theme !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
    document.documentElement.classList.toggle("w-dark", dark);
  }
</script>"""  # before anything is drawn, so that a dark page never flashes white


def link(*more: str) -> None:
    """Link the style sheets every page has, and `more` (paths in `static/`), in this page's head."""
    ui.add_head_html(EARLY)
    for path in (*STYLES, *more):
        ui.add_head_html(f'<link rel="stylesheet" href="/static/{digest(static_root())}/{path}">')


def component(name: str) -> Component:
    """The Vue component of `static/ui/<name>`, to be put in the `component` of an element class."""
    path = static_root() / "ui" / name
    return register_vue_component(path, max_time=_as_time(digest(path)))


def modules(name: str, folder: str) -> None:
    """Offer the ES modules in `static/<folder>` to the page as `import ... from "<name>"`."""
    path = static_root() / folder
    register_esm(name, path, max_time=_as_time(digest(path)))


@cache
def static_root() -> Path:
    """The folder `static/`, in a checkout or in the installed package."""
    return (stock_root() / "static").resolve()


@cache
def digest(path: Path) -> str:
    """A short name of the content of a file, or of all files below a folder."""
    hasher = hashlib.sha256()
    for file in sorted(path.rglob("*")) if path.is_dir() else [path]:
        if file.is_file():
            hasher.update(file.relative_to(path.parent).as_posix().encode() + b"\0" + file.read_bytes())
    return hasher.hexdigest()[:16]


def _as_time(content: str) -> float:
    return float(int(content[:12], 16))  # 48 bits: exact in a float

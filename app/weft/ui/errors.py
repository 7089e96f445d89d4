"""Pages for what goes wrong, without NiceGUI: they must work when it doesn't. They show no exception."""

import logging
import os
import re
from html import escape
from pathlib import Path
from uuid import uuid4

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from weft.model.errors import NotFound, WeftError
from weft.ui import assets
from weft.workspace.flows.flowfiles import shown

log = logging.getLogger("weft.ui")

FAVICON = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32"><rect width="32" height="32" rx="8" fill="#5b6cff"/>'
    '<g fill="none" stroke="#fff" stroke-width="2.4"><rect x="6" y="7" width="9" height="7" rx="2"/>'
    '<rect x="17" y="18" width="9" height="7" rx="2"/><path d="M15 10.5h3a3 3 0 0 1 3 3v4.5"/></g></svg>'
)

PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title} · Weft</title>
<link rel="stylesheet" href="/static/{digest}/theme.css">
<link rel="stylesheet" href="/static/{digest}/ui/base.css">
<link rel="stylesheet" href="/static/{digest}/ui/buttons.css">
<link rel="stylesheet" href="/static/{digest}/ui/over.css">
{early}
<script>
addEventListener("DOMContentLoaded", () => {{
  document.body.classList.toggle("body--dark", document.documentElement.classList.contains("w-dark"));
}});
</script>
</head>
<body>
<main class="w-sorry">
<h1>{title}</h1>
<p>{text}</p>
{more}<p class="w-muted">{hint}</p>
<div class="w-row">{again}<a class="w-button{kind}" href="/">All flows</a></div>
</main>
</body>
</html>
"""


def page(error: WeftError, root: Path) -> Response:
    """The page for an error that has words for a person. What it is about, as notes of the error, is shown below it."""
    message, hint = below(root, error.message), below(root, error.hint)
    if error.code == "bad-settings":
        lines = below(root, "\n".join(getattr(error, "__notes__", ())))
        return _html(422, "The settings can't be read", message, hint, lines, again=True)
    if isinstance(error, NotFound):
        return _html(404, "No such flow", message, hint)
    return _html(422, "This flow can't be opened", message, hint, again=True)


def below(root: Path, text: str) -> str:
    """A sentence with the files of the workspace named from its folder on: where that is on the machine is nobody's
    business who looks at a page."""
    text = re.sub(rf"(?<![\w./-]){re.escape(shown(root) + os.sep)}", "", text)
    for folder in {root, root.resolve()}:
        text = text.replace(f"{folder}{os.sep}", "").replace(str(folder), ".")
    return text


async def not_found(request: Request, _: Exception) -> Response:
    """Nothing is served at this address."""
    if request.url.path.startswith("/api/"):
        return Response(status_code=404)
    return _html(404, "Nothing here", "There is no page at this address.", "Go back to your flows.")


def failed(request: Request, exception: Exception) -> Response:
    """A page could not be built: the log says why, under an id."""
    identity = uuid4().hex[:8]
    log.error("error %s at %s", identity, request.url.path, exc_info=exception)
    return _html(
        500,
        "Something went wrong",
        "This page could not be built.",
        f"The server's log has it as error {identity}.",
    )


def _html(status: int, title: str, text: str, hint: str, lines: str = "", *, again: bool = False) -> Response:
    body = PAGE.format(
        title=escape(title),
        text=escape(text),
        hint=escape(hint),
        more=f'<pre class="w-sorry-lines">{escape(lines)}</pre>\n' if lines else "",
        again='<a class="w-button w-button--primary" href="">Try again</a>' if again else "",
        kind="" if again else " w-button--primary",
        early=assets.EARLY,
        digest=assets.digest(assets.static_root()),
    )
    return HTMLResponse(body, status_code=status, headers={"Cache-Control": "no-store"})

"""The bridge to the canvas in the browser: its batches come in, what happened goes out, a few times a second.

The document itself never travels this way: the canvas fetches it from the API when it is ready, and again when it
finds a gap. Messages are gathered for a beat and sent as calls, in order.
"""

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nicegui import ui
from nicegui.events import GenericEventArguments

from weft.ui import assets
from weft.ui.elements import Thing
from weft.ui.session import BEAT, Session

assets.modules("weft-canvas", "canvas")

EARLY = """<script>
  window.weftDocument = { url: %(url)s, response: fetch(%(url)s, { headers: { accept: "application/json" } }) };
  weftDocument.response.catch(() => {}); // said by who waits for it
</script>"""


class Canvas(Thing):
    """`on_command` gets the shortcuts and menu entries that are not the canvas's own; `inside` is what is added to the
    address of the document when it is the flow inside a node."""

    component = assets.component("../canvas/shell.js")

    def __init__(
        self,
        session: Session,
        slug: str,
        *,
        inside: str = "",
        on_command: Callable[[str, Mapping[str, Any]], Any],
        on_open: Callable[[str], Any],
    ) -> None:
        super().__init__()
        self._session = session
        self._on_command, self._on_open = on_command, on_open
        self._calls: list[tuple[str, tuple[Any, ...]]] = []
        self._beat: asyncio.TimerHandle | None = None
        self.on_ready: Callable[[], Any] = lambda: None
        url = f"/api/flows/{slug}/document{inside}{'&' if inside else '?'}shared=true"
        self.put({"snapshotUrl": url, "flowsUrl": "/api/flows", "only": session.document.read_only})
        ui.add_head_html(EARLY % {"url": json.dumps(url).replace("<", "\\u003c")})
        # All here and none later: a listener added afterwards would mount the canvas anew.
        self.on("ready", self._ready)
        self.on("ops", self._ops)
        self.on("select", self._select)
        self.on("open", lambda event: self._on_open(event.args["node"]))
        self.on("command", lambda event: self._on_command(event.args["name"], event.args))
        self.on("notice", lambda event: session.say(str(event.args.get("text", "")), ""))
        session.canvas = self

    # What the session tells it ----------------------------------------------------------------------------------

    def applied(self, message: dict[str, Any]) -> None:
        self._call("applied", message)

    def select(self, nodes: Sequence[str]) -> None:
        self._call("select", list(nodes), True)

    def reveal(self, node: str, port: str | None = None) -> None:
        self._call("reveal", node, port)

    def command(self, name: str, arguments: dict[str, Any] | None = None) -> None:
        self._call("command", name, arguments or {})

    def run_state(self, nodes: dict[str, Any], *, reset: bool, ghosts: dict[str, Any] | None = None) -> None:
        self._call("runState", {"reset": reset, "nodes": nodes, "ghosts": ghosts})

    def marks(self, **marks: Sequence[str]) -> None:
        """Nodes to be marked: `pinned`, `critical`, `differs`, `fresh`; what isn't named stays."""
        self._call("marks", {name: list(nodes) for name, nodes in marks.items()})

    def review(self, review: dict[str, Any] | None) -> None:
        """What came, went and was changed since another revision: see `static/canvas/reviewed.js`. None: nothing."""
        self._call("review", review)

    def compare(self, compared: dict[str, Any] | None) -> None:
        """Two versions are drawn together, and nothing can be edited: see `static/canvas/compared.js`. None: no more."""
        self._call("compare", compared)

    def show_past(self, shown: dict[str, Any] | None) -> None:
        """A run of the past is shown: nothing can be edited. With a `url`, on the revision found there; None: now."""
        self._call("showPast", shown)

    def close(self) -> None:
        if self._beat is not None:
            self._beat.cancel()

    # What it tells the session ----------------------------------------------------------------------------------

    def _ready(self, event: GenericEventArguments) -> Any:
        rev = self._session.document.rev
        if int(event.args.get("rev", rev)) < rev:  # edited since the page was made
            self._call("isAt", {"rev": rev})
        return self.on_ready()

    def _ops(self, event: GenericEventArguments) -> None:
        batch = event.args
        op_id = str(batch["op_id"])
        reason = self._session.take(op_id, batch["changes"], str(batch.get("label", "")))
        if reason:
            self._call("refused", {"op_id": op_id, "message": reason, "rev": self._session.document.rev})

    def _select(self, event: GenericEventArguments) -> None:
        self._session.chosen([str(node) for node in event.args.get("nodes", [])], event.args.get("edge"))

    def _call(self, name: str, *arguments: Any) -> None:
        self._calls.append((name, arguments))
        if self._beat is None:
            self._beat = asyncio.get_running_loop().call_later(BEAT, self._send)

    def _send(self) -> None:
        self._beat = None
        calls, self._calls = self._calls, []
        for name, arguments in calls:
            self.run_method(name, *arguments)

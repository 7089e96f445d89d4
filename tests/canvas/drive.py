"""How the tests take hold of the canvas: flows to open, places to press, what was sent."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

Point = tuple[float, float]
Flow = dict[str, Any]


def node(component: str, **more: Any) -> dict[str, Any]:
    return {"component": component, **more}


def flow(nodes: dict[str, Any], places: dict[str, list[int]] | None = None, **more: Any) -> Flow:
    """A flow whose nodes stand in a row, with the two interface cards at its ends, unless `places` says otherwise."""
    row = {name: [300 + 400 * i, 100] for i, name in enumerate(nodes)}
    stand = {"inputs": [0, 100], "outputs": [300 + 400 * len(nodes), 100], **row}
    return {
        "format": 1,
        "name": "Test",
        "nodes": nodes,
        **more,
        "layout": {"nodes": stand if places is None else places},
    }


def pair() -> Flow:
    """Two nodes that could be connected, and are not."""
    return flow({"source": node("source"), "web": node("web")})


def report() -> Flow:
    """Four nodes with edges of two types; nothing is an output of the flow yet."""
    return flow(
        {
            "source": node("source"),
            "research": node("research", inputs={"question": "source", "files": "source.attachments"}),
            "web": node("web", inputs={"query": "source"}),
            "report": node("report", inputs={"draft": "research", "sources": "research.sources"}),
        },
        {
            "source": [240, 120],
            "research": [620, 40],
            "web": [620, 340],
            "report": [1000, 120],
            "inputs": [0, 500],
            "outputs": [1100, 560],
        },
    )


def essay() -> Flow:
    """The three prompts: two of them take the others as context, in order."""
    topic = {"topic": "inputs.topic"}
    return flow(
        {
            "pros_cons": node("prompt", params={"prompt": "Pros and cons of {{topic}}?"}, inputs=topic),
            "outline": node(
                "prompt",
                params={"prompt": "Outline of {{topic}}"},
                inputs={**topic, "context": ["pros_cons"]},
            ),
            "essay": node(
                "prompt",
                params={"prompt": "Essay on {{topic}}"},
                inputs={**topic, "context": ["pros_cons", "outline"]},
            ),
        },
        inputs={"topic": {"type": "text"}},
        outputs={"essay": "essay"},
    )


class Canvas:
    """The harness page, driven as a person would: only `call` reaches behind the screen."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.mouse = page.mouse
        self.keyboard = page.keyboard

    def call(self, script: str, argument: Any = None) -> Any:
        return self.page.evaluate(script, argument)

    def open(
        self, document: Flow, slug: str = "test", *, at: tuple[float, float, float] | None = (40, 60, 0.8)
    ) -> None:
        """Show a flow; `at` is the camera (x, y, zoom), None leaves the choice to the canvas."""
        self.call("([slug, flow]) => weft.server.open(slug, flow)", [slug, document])
        if at:
            self.call("([x, y, k]) => weft.editor.camera.set({x, y, k})", list(at))
        self.frames()

    def frames(self, count: int = 2) -> None:
        self.call("n => weft.frames(n)", count)

    # What was sent and what is shown --------------------------------------------------------------------------

    def ops(self) -> list[dict[str, Any]]:
        """Every change sent to the server so far."""
        return self.call("() => weft.server.ops()")

    def labels(self) -> list[str]:
        return self.call("() => weft.server.events.filter(e => e.name === 'ops').map(e => e.payload.label)")

    def commands(self) -> list[dict[str, Any]]:
        return self.call("() => weft.server.commands()")

    def heard(self, name: str) -> list[dict[str, Any]]:
        return self.call("n => weft.server.events.filter(e => e.name === n).map(e => e.payload)", name)

    def document(self) -> Flow:
        """The flow as the server has it."""
        return self.call("() => weft.server.flow")

    def shown(self) -> Flow:
        """The flow as the person sees it."""
        return self.call("() => weft.editor.scene.flow")

    def selection(self) -> list[str]:
        return sorted(self.call("() => [...weft.editor.selection]"))

    def edge(self) -> dict[str, Any] | None:
        last = self.call("() => weft.server.lastSelect()")
        return last and last["edge"]

    def focused(self) -> str | None:
        return self.call("() => weft.editor.focused()")

    def camera(self) -> dict[str, float]:
        return self.call("() => { const {x, y, k} = weft.editor.camera; return {x, y, k}; }")

    def said(self) -> str:
        """The last thing announced."""
        return self.call("() => document.querySelector('.weft-live').textContent.trim()")

    def tip(self) -> str:
        return self.call(
            "() => { const t = document.querySelector('.weft-tip'); return t.hidden ? '' : t.textContent; }"
        )

    def card(self, name: str) -> Any:
        return self.page.locator(f".weft-card[data-node={name}]:not([hidden])")

    # Where to press -------------------------------------------------------------------------------------------

    def title(self, name: str) -> Point:
        x, y = self.call("id => weft.where(id)", name)
        return x, y

    def port(self, name: str, port: str, slot: int = 0, side: str | None = None) -> Point:
        x, y = self.call(
            "([id, port, slot, side]) => weft.where(id, port, slot, side)", [name, port, slot, side]
        )
        return x, y

    def on_edge(self, key: str, t: float = 0.5) -> Point:
        """A point on an edge's curve: 0 is its beginning, 1 its end."""
        x, y = self.call(
            """([key, t]) => {
              const p = weft.geometry.curveAt(weft.editor.scene.edges.get(key).curve, t);
              const s = weft.editor.camera.toScreen(p), r = weft.editor.stage.root.getBoundingClientRect();
              return [s.x + r.left, s.y + r.top];
            }""",
            [key, t],
        )
        return x, y

    def drag(
        self, start: Point, end: Point, *, steps: int = 6, button: Any = "left", drop: bool = True
    ) -> None:
        self.mouse.move(*start)
        self.mouse.down(button=button)
        self.mouse.move(*end, steps=steps)
        self.frames()
        if drop:
            self.mouse.up(button=button)
            self.frames()

    def click(self, point: Point, **options: Any) -> None:
        self.mouse.click(*point, **options)
        self.frames()

    def press(self, *keys: str) -> None:
        for key in keys:
            self.keyboard.press(key)
        self.frames()

    def walk_to(self, name: str) -> None:
        """By Tab alone."""
        self.call("() => weft.editor.stage.root.focus()")
        for _ in range(20):
            self.keyboard.press("Tab")
            if self.focused() == name:
                self.frames()
                return
        raise AssertionError(f"Tab never came to {name}")

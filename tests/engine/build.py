"""Small flows, small components, and a loop whose clock jumps: what the engine's tests are made of."""

import asyncio
import selectors
from collections.abc import Coroutine, Mapping
from typing import Any, TypedDict

from weft.catalog import Catalog, Context, component
from weft.engine import Event, RunResult, start
from weft.model import Flow, StepFailed, from_json

Json = dict[str, Any]


# --- components ---


@component
async def say(text: str = "", more: str = "") -> str:
    """Give back what it gets."""
    return text + more


@component
async def join(items: list[str]) -> str:
    """All its items, in order."""
    return "+".join(items)


@component
async def maybe(items: list[str] = [], text: str = "nothing") -> str:  # noqa: B006 - never changed
    """Needs nothing."""
    return "+".join(items) or text


@component
async def add(a: int, b: int = 1) -> int:
    """Add two numbers."""
    return a + b


@component
async def fail(text: str = "", code: str = "broken") -> str:
    """Fail for good."""
    raise StepFailed(f"It is {code}.", code=code, hint="Mend it.", retryable=False)


@component
async def crash(text: str = "") -> str:
    """Raise what no component should."""
    raise ValueError("no luck")


class Ways(TypedDict, total=False):
    yes: str
    no: str


@component
async def branch(go: bool, text: str = "on") -> Ways:
    """One of two ways."""
    return {"yes": text} if go else {"no": text}


class Two(TypedDict):
    main: str
    count: int


@component
async def two(text: str = "x") -> Two:
    """Two outputs."""
    return {"main": text, "count": len(text)}


@component
async def fail_two(text: str = "") -> Two:
    """Two outputs there might have been."""
    raise StepFailed("It is broken.", code="broken", retryable=False)


def _ports_of_a_flow(params: Mapping[str, Any]) -> dict[str, Any]:
    inner = params.get("flow")
    if not isinstance(inner, Flow):
        return {"outputs": {}}
    return {"inputs": inner.inputs, "outputs": dict.fromkeys(inner.outputs or inner.sinks(), Any)}


@component(ports=_ports_of_a_flow)
async def subtask(flow: Flow, ctx: Context, **inputs: Any) -> dict[str, Any]:
    """Run a flow."""
    return await ctx.run(flow, inputs)


class Doors:
    """Steps that wait until a test lets them go on, and tell it when they have come."""

    def __init__(self) -> None:
        self.came: dict[str, asyncio.Event] = {}
        self.opened: dict[str, asyncio.Event] = {}
        self.inside: list[str] = []
        self.most = 0

    async def wait(self, name: str) -> None:
        self.inside.append(name)
        self.most = max(self.most, len(self.inside))
        self.came.setdefault(name, asyncio.Event()).set()
        try:
            await asyncio.sleep(0)
            await self.opened.setdefault(name, asyncio.Event()).wait()
        finally:
            self.inside.remove(name)

    async def reached(self, *names: str) -> None:
        """All of these wait."""
        for name in names:
            await self.came.setdefault(name, asyncio.Event()).wait()

    def open(self, *names: str) -> None:
        for name in names:
            self.opened.setdefault(name, asyncio.Event()).set()

    def component(self) -> Any:
        doors = self

        @component
        async def door(name: str, text: str = "", items: list[str] = []) -> str:  # noqa: B006 - never changed
            """Wait until the test opens it."""
            await doors.wait(name)
            return text or name

        return door


STOCK = (say, join, maybe, add, fail, crash, branch, two, fail_two)


def catalog(*more: Any) -> Catalog:
    return Catalog([*STOCK, *more])


# --- flows ---


def node(
    component: str,
    /,
    *,
    options: Json | None = None,
    after: list[str] | None = None,
    title: str = "",
    **ports: Any,
) -> Json:
    """A node; a port that gets `"@ref"`, or a list of such, is wired, any other value is a param."""
    made: Json = {
        "component": component,
        "params": {},
        "inputs": {},
        "after": after or [],
        "options": options or {},
    }
    if title:
        made["title"] = title
    for name, value in ports.items():
        if isinstance(value, str) and value.startswith("@"):
            made["inputs"][name] = value[1:]
        elif (
            isinstance(value, list)
            and value
            and all(isinstance(item, str) and item.startswith("@") for item in value)
        ):
            made["inputs"][name] = [item[1:] for item in value]
        else:
            made["params"][name] = value
    return made


def flow(nodes: Mapping[str, Json], **top: Any) -> Flow:
    return from_json({"format": 1, "nodes": dict(nodes), **top})


# --- running ---


async def finished(
    made: Flow, known: Catalog | None = None, inputs: Json | None = None, **more: Any
) -> tuple[RunResult, list[Event]]:
    """Run to the end."""
    async with start(made, known or catalog(), inputs, **more) as run:
        result = await run.finished()
    return result, run.events


def story(events: list[Event]) -> list[str]:
    """The events as a person would tell them."""
    return [_told(event) for event in events]


def _told(event: Event) -> str:
    data, what = event.data, f"{event.path} {event.kind.removeprefix('step-')}".strip()
    match event.kind:
        case "step-started":
            return what if data["attempt"] == 1 else f"{what} {data['attempt']}"
        case "step-output":
            return f"{what} {data['text']}"
        case "step-finished":
            values = data["value"]
            shown = next(iter(values.values())) if len(values) == 1 else values
            return f"{what} {shown}{' again' if data['cached'] else ''}"
        case "step-failed" | "step-retried":
            return f"{what} {data['code']}"
        case "step-skipped":
            because = data["because"]
            return f"{what} {because['reason']}{' ' + because['node'] if 'node' in because else ''}"
        case "run-finished":
            return f"{what} {data['status']}"
        case _:
            return what


def ends(events: list[Event]) -> dict[str, str]:
    """How each node ended."""
    told = (
        _told(event).split(" ", 1)
        for event in events
        if event.kind in ("step-finished", "step-failed", "step-skipped")
    )
    return {path: end for path, end in told}


# --- time ---


class JumpingLoop(asyncio.SelectorEventLoop):
    """A loop that never sleeps: when all wait for a time to come, its clock jumps there."""

    def __init__(self) -> None:
        self.now = 1000.0
        super().__init__(_JumpingSelector(self))

    def time(self) -> float:
        return self.now


class _JumpingSelector(selectors.DefaultSelector):
    def __init__(self, loop: JumpingLoop) -> None:
        super().__init__()
        self._loop = loop

    def select(self, timeout: float | None = None) -> Any:
        found = super().select(0 if timeout is not None else None)
        if not found and timeout is not None and timeout > 0:
            self._loop.now += timeout
        return found


def in_jumping_time(main: Coroutine[Any, Any, Any]) -> Any:
    """Run a coroutine where waiting takes no time."""
    with asyncio.Runner(loop_factory=JumpingLoop) as runner:
        return runner.run(main)

"""Recording: the run is a real one, and what its models and tools answered becomes a cassette."""

from collections.abc import Awaitable, Callable, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from weft.catalog import Catalog, Component
from weft.engine.events import Event
from weft.model.plain import to_plain
from weft.workspace.taping.cassette import Cassette, ModelCall, ToolCall
from weft.workspace.taping.tools import with_tools

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

_ENDS = ("step-finished", "step-failed", "step-skipped")


class Recording:
    """Notes what tools give while a flow runs; what models answered is in the run's events."""

    replays = False
    name = ""

    def __init__(self) -> None:
        self._tools: list[ToolCall] = []

    def model(self, name: str, *, named: bool) -> "BaseChatModel | None":
        """None: the real one answers."""
        return None

    def catalog(self, catalog: Catalog, files: Path) -> Catalog:
        return with_tools(catalog, self._play, files)

    def cassette(self, events: Iterable[Event]) -> Cassette:
        """What was answered in a run with these events."""
        return Cassette(calls=calls_of(events), tools=self._tools)

    async def _play(
        self, component: Component, given: dict[str, Any], really: Callable[[], Awaitable[Any]]
    ) -> Any:
        result = await really()
        value = component.signature.returns.by_port(result, component.name)
        plain = {port: to_plain(one, name=port) for port, one in value.items()}
        self._tools.append(ToolCall(component=component.key, inputs=hidden(given), value=hidden(plain)))
        return result


def calls_of(events: Iterable[Event]) -> list[ModelCall]:
    """The calls of models in a run that were answered. One that failed isn't there: what was tried again is."""
    found: list[ModelCall] = []
    for event in events:
        if event.kind in _ENDS:
            found += (
                _call(event.path, call) for call in event.data.get("calls") or () if "error" not in call
            )
    return found


def _call(step: str, call: Mapping[str, Any]) -> ModelCall:
    used: Mapping[str, int] = call.get("usage") or {}
    entry: dict[str, Any] = {
        "step": step,
        "model": call.get("model") or "",
        "messages": hidden(call["messages"]),
        "answer": hidden(call.get("answer") or ""),
        "tool_calls": hidden(list(call.get("tool_calls") or ())),
        "finish": call.get("finish") or "stop",
        "usage": {name: count for name, count in used.items() if count},
    }
    return ModelCall.model_validate(entry)


def hidden(value: Any) -> Any:
    """The value without secrets that are known, and without what is surely a key."""
    from weft.providers.redaction import scrub

    return scrub(value)

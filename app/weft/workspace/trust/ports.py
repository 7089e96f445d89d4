"""What one port of a node reaches: by its type, by what its component declares, and by its name where it says nothing."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, cast

from weft.catalog import Component
from weft.catalog.reach import Kind, PortReach
from weft.model.values import FileRef
from weft.workspace.trust.hosts import ANY_HOST, host, is_address
from weft.workspace.trust.sheet import Found

ANY_FILE = "any file in 'files', known only while it runs"
ANY_MODEL = "any model, known only while it runs"
ANY_FLOW = "a flow that it is given while it runs"
ANY_TOOL = "any tool, known only while it runs"
ANY_CODE = "code that it is given while it runs"
OTHERS_MODEL = "the model chosen for the run"
BY_NAME: Mapping[str, Kind] = {
    **dict.fromkeys(("url", "base_url", "address", "endpoint", "server", "host"), "host"),
    **dict.fromkeys(("code", "script"), "code"),
    **dict.fromkeys(("model", "models", "candidates"), "model"),
}
"""What a port of that name holds when its component doesn't say."""


@dataclass(frozen=True, slots=True)
class Given:
    """A node as far as its ports are concerned: what is written by hand, and which values come while it runs."""

    component: Component
    params: Mapping[str, Any]
    wired: frozenset[str]
    path: str

    def value(self, name: str) -> Any:
        """What is written, else what its component puts there."""
        if name in self.params:
            return self.params[name]
        return next((port.default for port in self.component.inputs if port.name == name), None)

    def kind(self, name: str) -> str:
        port = next((one for one in self.component.inputs if one.name == name), None)
        return (port.type.item or port.type).kind if port else "any"

    def declared(self, name: str) -> PortReach | None:
        return self.component.reach.ports.get(name)


def note_model(found: Found, given: Given, name: str, default: str) -> None:
    """A port that holds a live model."""
    value = given.value(name)
    if name in given.wired:
        found.note("models", ANY_MODEL, given.path)
    else:
        named = value if isinstance(value, str) and value else default or OTHERS_MODEL
        found.note("models", named, given.path)


def note_file(found: Found, given: Given, name: str) -> None:
    """A port that holds a live file."""
    note, value = _written(given, name), given.value(name)
    if name in given.wired:
        found.note("files", ANY_FILE, given.path, note)
    elif isinstance(value, FileRef):
        found.note("files", value.path, given.path, note)
    elif isinstance(value, list):
        for one in cast("list[Any]", value):
            found.note("files", one.path if isinstance(one, FileRef) else str(one), given.path, note)
    elif isinstance(value, str) and value:
        found.note("files", ANY_FILE if "{{" in value else value, given.path, note)


def _written(given: Given, name: str) -> str:
    """What is done to the file. Of a component that doesn't say, it isn't known."""
    said = given.declared(name)
    if said is None:
        return "perhaps written"
    if said.kind != "written":
        return ""
    holds = _holds(given, said)
    return "perhaps written" if holds is None else "written" if holds else ""


def _holds(given: Given, said: PortReach) -> bool | None:
    """Whether what is declared is so for this node; None when that is known only while it runs."""
    if said.when is None:
        return True
    other, values = said.when
    return None if other in given.wired else given.value(other) in values


def note_plain(found: Found, given: Given, name: str) -> None:
    """Any other port: what its component declares, else what its name tells; and an address wherever it stands alone."""
    said = given.declared(name)
    kind = said.kind if said else BY_NAME.get(name, "nothing")
    if said is not None and _holds(given, said) is False:
        return
    wired, value = name in given.wired, given.value(name)
    match kind:
        case "host":
            for text in [ANY_HOST] if wired else map(host, _texts(value)):
                found.note("hosts", text, given.path)
        case "code":
            for text in [ANY_CODE] if wired else _texts(value):
                found.note("code", text, given.path)
        case "model":
            for text in [ANY_MODEL] if wired else _texts(value, "model"):
                found.note("models", text, given.path)
        case "file" | "written":
            note_file(found, given, name)
        case "nothing":
            if said is None and not wired and isinstance(value, str) and is_address(value):
                found.note("hosts", host(value), given.path)


def _texts(value: Any, key: str = "") -> list[str]:
    """The texts of a value or a list; of objects in it, what stands at `key`."""
    items = cast("list[Any]", value) if isinstance(value, list) else [value]
    texts = [cast("dict[str, Any]", one).get(key) if isinstance(one, dict) else one for one in items]
    return [one for one in texts if isinstance(one, str) and one]

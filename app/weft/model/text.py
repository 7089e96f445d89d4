"""A flow as text and as plain data. `loads(dumps(flow)) == flow`, and `dumps(loads(text)) == text` for canonical text.

Canonical order: the document and its parts have a fixed order of keys; `nodes`, `inputs`, `outputs` and what is wired
into a node keep the order they have; names of params, of state and in the layout are sorted. Inside a value (a schema,
an inline flow) the order is data and is kept. Defaults are left out.
"""

from __future__ import annotations

import gc
from collections.abc import Generator
from contextlib import contextmanager
from hashlib import sha256
from itertools import islice
from json import dumps as compact
from typing import Any, cast

from pydantic import BaseModel, TypeAdapter, ValidationError

from weft.model.built import build
from weft.model.errors import DocumentError
from weft.model.flow import Flow, FlowInput, Frame, Layout, Node, Note, Options, Part, Point
from weft.model.limits import LIMITS, Limits, check, tidy, tidy_parsed
from weft.model.migrations import migrate
from weft.model.places import Pointer, locate, spell
from weft.model.problems import Problem
from weft.model.refusals import problems_of, refusal
from weft.model.syntax import decoded, has_wrapped, parse
from weft.model.writer import write


def loads(text: str | bytes, *, limits: Limits = LIMITS) -> Flow:
    """Read a flow; DocumentError says what can't be read, and at which line and column."""
    with _collector_paused():
        data = parse(text, limits=limits)
        try:
            return _build(tidy_parsed(data, has_wrapped=has_wrapped(text), limits=limits), limits)
        except DocumentError as error:
            raise _with_place(error, decoded(text)) from None


def dumps(flow: Flow) -> str:
    """The canonical text. Refuses, as `loads` would, what could not be read back."""
    with _collector_paused():
        document = to_json(flow)
        check(document)
        text = write(document)
    if len(text) > LIMITS.size or len(text.encode()) > LIMITS.size:
        raise DocumentError(
            f"The flow is larger than {LIMITS.size / 1e6:g} MB, the most a file may be.",
            code="too-large",
            hint="Keep long texts in files of the workspace, or split the flow into subtasks.",
        )
    return text


def from_json(data: dict[str, Any], *, limits: Limits = LIMITS) -> Flow:
    """Read a flow from plain data, which is left as it is and shares nothing with the flow."""
    with _collector_paused():
        return _build(tidy(data, limits=limits), limits)


def to_json(flow: Flow) -> dict[str, Any]:
    """The flow as plain data in canonical order: what travels to the editor. Texts are texts, without `$lines`."""
    document: dict[str, Any] = {"format": flow.format}
    if flow.name:
        document["name"] = flow.name
    if flow.description:
        document["description"] = flow.description
    if flow.inputs:
        document["inputs"] = {name: part_json(given) for name, given in flow.inputs.items()}
    if flow.outputs:
        document["outputs"] = dict(flow.outputs)
    if flow.state:
        document["state"] = _sorted(flow.state)
    if defaults := part_json(flow.defaults):
        document["defaults"] = defaults
    document["nodes"] = {node_id: _node_json(node) for node_id, node in flow.nodes.items()}
    document |= _sorted(flow.model_extra or {})
    if layout := _layout_json(flow.layout):
        document["layout"] = layout
    return document


def fingerprint(flow: Flow) -> str:
    """SHA-256 of the document without its layout, in canonical order and written compactly."""
    document = to_json(flow)
    document.pop("layout", None)
    text = compact(document, ensure_ascii=False, separators=(",", ":"), default=repr)
    return sha256(text.encode(errors="surrogatepass")).hexdigest()


def part_json(part: Part) -> dict[str, Any]:
    """A part of the document as plain data, in canonical order, its defaults left out."""
    match part:
        case Flow():
            return to_json(part)
        case Node():
            return _node_json(part)
        case Layout():
            return _layout_json(part)
        case FlowInput():
            return _fields_json(part, {"type", "default"} if part.has_default else {"type"})
        case Options():
            return _options_json(part)
        case Note() | Frame():
            return _fields_json(part, {"text", "title", "x", "y", "width", "height"})
        case _:
            return _fields_json(part, set())


_DEFAULTS: dict[type[BaseModel], dict[str, Any]] = {}


def _fields_json(part: Part, always: set[str]) -> dict[str, Any]:
    kind = type(part)
    defaults = _DEFAULTS.get(kind)
    if defaults is None:
        fields = kind.model_fields.items()
        defaults = {name: field.get_default(call_default_factory=True) for name, field in fields}
        _DEFAULTS[kind] = defaults
    plain: dict[str, Any] = {}
    for name, default in defaults.items():
        value = getattr(part, name)
        if name in always or value != default:
            plain[name] = _plain(name, value)
    return plain | _sorted(part.model_extra or {})


def _plain(name: str, value: Any) -> Any:
    if name == "budget":
        return part_json(value)
    return int(value) if name in _WHOLE and value.is_integer() else value


_WHOLE = ("timeout", "max_cost")
"""What may have a fraction, and is written without one if it hasn't."""


def _node_json(node: Node) -> dict[str, Any]:
    plain: dict[str, Any] = {"component": node.component}
    if node.title:
        plain["title"] = node.title
    if node.params:
        plain["params"] = _sorted(node.params)
    if node.inputs:
        plain["inputs"] = {
            port: list(refs) if isinstance(refs, list) else refs for port, refs in node.inputs.items()
        }
    if node.after:
        plain["after"] = list(node.after)
    if node.options is not _NO_OPTIONS and (options := _options_json(node.options)):
        plain["options"] = options
    if node.model_extra:
        plain |= _sorted(node.model_extra)
    return plain


def _options_json(options: Options) -> dict[str, Any]:
    return _fields_json(options, {"default"} if options.has_default else set())


def _layout_json(layout: Layout) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    if layout.nodes:
        plain["nodes"] = {name: list(point) for name, point in sorted(layout.nodes.items())}
    if layout.notes:
        plain["notes"] = {name: part_json(note) for name, note in sorted(layout.notes.items())}
    if layout.frames:
        plain["frames"] = {name: part_json(frame) for name, frame in sorted(layout.frames.items())}
    return plain | _sorted(layout.model_extra or {})


_NO_OPTIONS: Options = Node.model_fields["options"].default


def _sorted(names: dict[str, Any]) -> dict[str, Any]:
    return dict(sorted(names.items())) if len(names) > 1 else dict(names)


def _build(data: Any, limits: Limits) -> Flow:
    """The models of checked plain data, or one refusal with the faults of each section up to its first bundle of them."""
    if not isinstance(data, dict):
        raise DocumentError("A flow is an object.", code="not-a-flow")
    document = migrate(cast("dict[str, Any]", data))
    faults: list[Problem] = []
    for section, kind in _SECTIONS.items():
        document = _with_section(document, section, kind, limits, faults)
    if isinstance(document.get("layout"), dict):
        for section, kind in _DRAWN.items():
            document["layout"] = _with_section(document["layout"], section, kind, limits, faults, ("layout",))
    if faults:
        raise refusal(faults)
    try:
        return Flow.model_validate(document)
    except ValidationError as error:
        raise refusal(problems_of(error)) from None


build(Part)

_Entries = TypeAdapter[dict[str, Any]]
_SECTIONS: dict[str, _Entries] = {
    "nodes": TypeAdapter(dict[str, Node]),
    "inputs": TypeAdapter(dict[str, FlowInput]),
    "outputs": TypeAdapter(dict[str, str], config={"strict": True}),
}
_DRAWN: dict[str, _Entries] = {
    "nodes": TypeAdapter(dict[str, Point], config={"strict": True}),
    "notes": TypeAdapter(dict[str, Note]),
    "frames": TypeAdapter(dict[str, Frame]),
}
_BUNDLE = 200


def _with_section(
    document: dict[str, Any],
    section: str,
    kind: _Entries,
    limits: Limits,
    faults: list[Problem],
    at: Pointer = (),
) -> dict[str, Any]:
    """The document with one section built, in bundles, stopping behind the first with a fault: a file of nothing but
    faults is refused as fast as any."""
    entries: Any = document.get(section)
    if not isinstance(entries, dict):
        return document
    if len(entries) > limits.nodes:  # pyright: ignore[reportUnknownArgumentType]
        raise DocumentError(
            f"{spell((*at, section))} has more than {limits.nodes:,} entries.",
            code="too-many-nodes",
            hint="Split the flow into subtasks.",
            pointer=(*at, section),
        )
    built: dict[str, Any] = {}
    items = iter(cast("dict[str, Any]", entries).items())
    while bundle := dict(islice(items, _BUNDLE)):
        try:
            built |= kind.validate_python(bundle)
        except ValidationError as error:
            faults += problems_of(error, (*at, section))
            break
    return {**document, section: built}


def _with_place(error: DocumentError, text: str) -> DocumentError:
    """The same error, placed in the text: its message starts with the line and column."""
    pointer: Pointer = error.pointer
    place = locate(text, pointer)
    return DocumentError(
        f"{str(place).capitalize()}: {error.message}",
        code=error.code,
        hint=error.hint,
        place=place,
        pointer=pointer,
        problems=error.problems,
    )


@contextmanager
def _collector_paused() -> Generator[None]:
    """Building a hundred thousand containers, none of them garbage, makes the collector walk them again and again:
    without it a large file is read in half the time."""
    if not gc.isenabled():
        yield
        return
    gc.disable()
    try:
        yield
    finally:
        gc.enable()

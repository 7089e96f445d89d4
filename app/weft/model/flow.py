"""The document: a flow, its nodes and how they lie on the canvas. Frozen; only `apply` makes a changed one.

Order has meaning in `nodes`, `inputs`, `outputs` and a node's `inputs`, and is kept. Keys nobody knows are kept too
(`model_extra`) and written back; `document_problems` reports them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NamedTuple, Self, cast

from pydantic import (
    BaseModel,
    ConfigDict,
    FailFast,
    Field,
    PlainValidator,
    PrivateAttr,
    Strict,
    WithJsonSchema,
)
from pydantic_core import PydanticCustomError

from weft.model.refs import Ref, parse_ref

FORMAT = 1
"""The format this Weft writes, and the newest it reads."""

Inputs = dict[str, str | list[str]]
"""What is wired into a node: one reference for a port, or a list of them whose order has meaning."""

# Called without arguments, a class is several times faster than the same with its types in brackets.
_no_inputs: Callable[[], Inputs] = dict
_no_values: Callable[[], dict[str, Any]] = dict
_no_texts: Callable[[], list[str]] = list


def _inputs(value: Any) -> Inputs:
    """Check a node's `inputs` in one pass that stops at the first fault: a union would report two for each."""
    if not isinstance(value, dict):
        raise PydanticCustomError("inputs", "must be an object of port: reference", {"at": ()})
    inputs = cast("Inputs", value)
    for port, refs in inputs.items():
        if type(refs) is str:
            continue
        if not isinstance(refs, list):
            raise PydanticCustomError(
                "inputs", "must be a reference or a list of references", {"at": (port,)}
            )
        for index, ref in enumerate(refs):
            if type(ref) is not str:
                raise PydanticCustomError("inputs", "must be a reference", {"at": (port, index)})
    return inputs


_TEXT_OR_LINES: dict[str, Any] = {
    "anyOf": [
        {"type": "string"},
        {
            "type": "object",
            "properties": {"$lines": {"type": "array", "items": {"type": "string"}}},
            "required": ["$lines"],
            "additionalProperties": False,
        },
    ]
}
Text = Annotated[str, WithJsonSchema(_TEXT_OR_LINES)]
"""A text for people, which the file may hold line by line."""

_REFS_SCHEMA: dict[str, Any] = {
    "type": "object",
    "additionalProperties": {"anyOf": [{"type": "string"}, {"type": "array", "items": {"type": "string"}}]},
}
Point = Annotated[tuple[int, int], Strict(False)]


class Part(BaseModel):
    """A frozen part of the document that keeps the keys it doesn't know."""

    model_config = ConfigDict(frozen=True, extra="allow", strict=True, allow_inf_nan=False, defer_build=True)


class FlowInput(Part):
    """What a run of the flow is given under one name. Without a default it must be given."""

    type: str = "text"
    default: Any = None
    description: Text = ""
    choices: list[Any] = Field(default_factory=list[Any])
    multiline: bool = False

    @property
    def has_default(self) -> bool:
        """Whether a default was written; a written `null` is one."""
        return "default" in self.model_fields_set

    def __eq__(self, other: object) -> bool:
        return (
            super().__eq__(other) and isinstance(other, FlowInput) and self.has_default == other.has_default
        )

    __hash__ = None  # type: ignore[assignment]  # holds lists and any JSON


class FlowBudget(Part):
    """What may be spent on models at most: dollars, and tokens sent and answered together. None is no limit."""

    max_cost: float | None = Field(default=None, gt=0)
    max_tokens: int | None = Field(default=None, gt=0)


NO_LIMITS = FlowBudget.model_construct()


class Options(Part):
    """What the engine honours for a node, whatever its component. Times are in seconds; None means the flow's default.

    `budget` is for all attempts of the node in a run together, flows nested in it included."""

    timeout: float | None = Field(default=None, gt=0)
    retries: int | None = Field(default=None, ge=0, le=100)
    on_error: Literal["fail", "skip", "continue"] = "fail"
    default: Any = None
    when: Text | None = None
    otherwise: Literal["skip", "previous"] = "skip"
    cache: Literal["auto", "never"] = "auto"
    disabled: bool = False
    budget: FlowBudget = NO_LIMITS

    @property
    def has_default(self) -> bool:
        """Whether a default to continue with was written; a written `null` is one."""
        return "default" in self.model_fields_set

    def __eq__(self, other: object) -> bool:
        return super().__eq__(other) and isinstance(other, Options) and self.has_default == other.has_default


class Defaults(Part):
    """Values that nodes fall back to when they have none of their own; `budget` is for a run of the flow as a whole."""

    model: str | None = None
    timeout: float | None = Field(default=None, gt=0)
    retries: int | None = Field(default=None, ge=0, le=100)
    system: Text | None = None
    budget: FlowBudget = NO_LIMITS


NO_OPTIONS = Options.model_construct()


class Node(Part):
    """A use of a component. A wired port wins over the param of the same name."""

    component: str = Field(min_length=1)
    title: Text = ""
    params: dict[str, Any] = Field(default_factory=_no_values)
    inputs: Annotated[Inputs, PlainValidator(_inputs), WithJsonSchema(_REFS_SCHEMA)] = Field(
        default_factory=_no_inputs
    )
    after: Annotated[list[str], FailFast()] = Field(default_factory=_no_texts)
    options: Options = NO_OPTIONS

    def refs(self, port: str) -> list[str]:
        """What is wired into `port`, in order, as written."""
        wired = self.inputs.get(port, [])
        return [wired] if isinstance(wired, str) else wired


class Note(Part):
    """A sticky note on the canvas: what people tell each other about the flow."""

    text: Text = ""
    x: int = 0
    y: int = 0
    width: int = 240
    height: int = 120
    color: str = ""


class Frame(Part):
    """A titled rectangle drawn behind nodes that belong together."""

    title: Text = ""
    x: int = 0
    y: int = 0
    width: int = 480
    height: int = 320
    color: str = ""


class Layout(Part):
    """Where things lie on the canvas, in whole pixels; no influence on meaning.

    `nodes` may also place the interface cards under the reserved ids `inputs` and `outputs`.
    """

    nodes: dict[str, Point] = Field(default_factory=dict[str, Point])
    notes: dict[str, Note] = Field(default_factory=dict[str, Note])
    frames: dict[str, Frame] = Field(default_factory=dict[str, Frame])


class Edge(NamedTuple):
    """A reference seen as a line: from an output to the `index`-th place of a port."""

    ref: Ref
    node: str
    port: str
    index: int  # pyright: ignore[reportIncompatibleMethodOverride]  # a tuple's own `index` isn't missed here


class Flow(Part):
    """A whole document."""

    format: Literal[1] = FORMAT
    name: Text = ""
    description: Text = ""
    inputs: dict[str, FlowInput] = Field(default_factory=dict[str, FlowInput])
    outputs: dict[str, str] = Field(default_factory=dict[str, str])
    state: dict[str, Any] = Field(default_factory=dict[str, Any])
    defaults: Defaults = Defaults.model_construct()
    nodes: dict[str, Node] = Field(default_factory=dict[str, Node])
    layout: Layout = Field(default_factory=Layout)

    _origin: Path | None = PrivateAttr(default=None)
    _hash: str | None = PrivateAttr(default=None)

    @property
    def origin(self) -> Path | None:
        """The file it was loaded from, if it was; no part of the document."""
        return (self.__pydantic_private__ or {}).get("_origin")  # as `hash` does it

    @property
    def hash(self) -> str:
        """Names this revision's meaning: 64 hexadecimal digits over everything but the layout."""
        # Read past pydantic's attribute lookup, which costs more than a step: every run asks for it.
        known = (self.__pydantic_private__ or {}).get("_hash")
        if known is None:
            from weft.model.text import fingerprint

            known = self._hash = fingerprint(self)
        return known

    def edges(self) -> list[Edge]:
        """Every data edge, in document order. References that can't be read are left out: checking reports them."""
        edges: list[Edge] = []
        for node_id, node in self.nodes.items():
            for port in node.inputs:
                for index, text in enumerate(node.refs(port)):
                    try:
                        edges.append(Edge(parse_ref(text), node_id, port, index))
                    except ValueError:
                        continue
        return edges

    def sinks(self) -> list[str]:
        """The nodes whose output no other node takes, in document order."""
        taken = {edge.ref.node for edge in self.edges()}
        return [node_id for node_id in self.nodes if node_id not in taken]

    def model_copy(self, *, update: Mapping[str, Any] | None = None, deep: bool = False) -> Self:
        """A copy keeps the origin; its hash is worked out anew unless nothing but the layout was replaced."""
        copy = super().model_copy(update=update, deep=deep)
        if set(update or ()) - {"layout"}:
            copy._hash = None
        return copy

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Flow):
            return NotImplemented
        return self.__dict__ == other.__dict__ and self.model_extra == other.model_extra

    __hash__ = None  # type: ignore[assignment]  # `hash` is the document's, not Python's

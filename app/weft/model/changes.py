"""Edits as values: each change is one typed edit, a transaction an atomic batch of them.

What a change means, where its name doesn't say it all (`apply` is the definition):

* `add-node` puts the node at `index` among the nodes (at the end without one) and, with `at`, on the canvas.
* `remove-node`, `remove-input` also remove every reference to it: from ports, `after`, the outputs. A port whose
  list becomes empty is unwired. `rename-node`, `rename-input` rewrite every reference, and keep the place in the order.
* `connect` replaces what is wired into a single port; with `many` it inserts at `index` into the port's list (at its
  end without one). `disconnect` takes out the first equal reference; `reorder` gives the same references in a new order.
* `set-options`, `set-defaults`, `set-state`, `set-after`, `set-input`, `set-output` replace the whole value.
* `move` places nodes or the interface cards (`inputs`, `outputs`); null takes a position away.
* `within` makes its changes in the flow that is written at a port of a node, all of them or none.
* `restore` is only found in inverses: it puts back what stood at a path of the document, however odd it was.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, Strict, ValidationError

from weft.model.errors import ChangeRefused
from weft.model.flow import Defaults, FlowInput, Frame, Node, Note, Options, Part, Point
from weft.model.refusals import problems_of
from weft.model.text import part_json


class Edit(BaseModel):
    """What all changes share: frozen, nothing unknown, no guessing of types."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True, allow_inf_nan=False, defer_build=True)


class AddNode(Edit):
    op: Literal["add-node"] = "add-node"
    id: str
    node: Node
    at: Point | None = None
    index: int | None = Field(default=None, ge=0)


class RemoveNode(Edit):
    op: Literal["remove-node"] = "remove-node"
    id: str


class RenameNode(Edit):
    op: Literal["rename-node"] = "rename-node"
    id: str
    to: str


class SetComponent(Edit):
    op: Literal["set-component"] = "set-component"
    node: str
    component: str = Field(min_length=1)


class SetTitle(Edit):
    op: Literal["set-title"] = "set-title"
    node: str
    title: str


class SetParam(Edit):
    op: Literal["set-param"] = "set-param"
    node: str
    name: str
    value: Any


class UnsetParam(Edit):
    op: Literal["unset-param"] = "unset-param"
    node: str
    name: str


class Connect(Edit):
    op: Literal["connect"] = "connect"
    node: str
    port: str
    ref: str
    many: bool = False
    index: int | None = Field(default=None, ge=0)


class Disconnect(Edit):
    op: Literal["disconnect"] = "disconnect"
    node: str
    port: str
    ref: str


class Reorder(Edit):
    op: Literal["reorder"] = "reorder"
    node: str
    port: str
    refs: list[str]


class SetAfter(Edit):
    op: Literal["set-after"] = "set-after"
    node: str
    after: list[str]


class SetOptions(Edit):
    op: Literal["set-options"] = "set-options"
    node: str
    options: Options


class Move(Edit):
    op: Literal["move"] = "move"
    positions: dict[str, Point | None]


class SetInput(Edit):
    op: Literal["set-input"] = "set-input"
    name: str
    input: FlowInput
    index: int | None = Field(default=None, ge=0)


class RemoveInput(Edit):
    op: Literal["remove-input"] = "remove-input"
    name: str


class RenameInput(Edit):
    op: Literal["rename-input"] = "rename-input"
    name: str
    to: str


class SetOutput(Edit):
    op: Literal["set-output"] = "set-output"
    name: str
    ref: str
    index: int | None = Field(default=None, ge=0)


class RemoveOutput(Edit):
    op: Literal["remove-output"] = "remove-output"
    name: str


class RenameOutput(Edit):
    op: Literal["rename-output"] = "rename-output"
    name: str
    to: str


class SetState(Edit):
    op: Literal["set-state"] = "set-state"
    state: dict[str, Any]


class SetDefaults(Edit):
    op: Literal["set-defaults"] = "set-defaults"
    defaults: Defaults


class SetName(Edit):
    op: Literal["set-name"] = "set-name"
    name: str


class SetDescription(Edit):
    op: Literal["set-description"] = "set-description"
    description: str


class SetNote(Edit):
    op: Literal["set-note"] = "set-note"
    id: str
    note: Note | None


class SetFrame(Edit):
    op: Literal["set-frame"] = "set-frame"
    id: str
    frame: Frame | None


class Restore(Edit):
    """Put back what stood at a path of the document; null: nothing stood there.

    `path`, as a list, is one of these, `value` what the file would hold there, and `index` its place in the order:
    `nodes/<id>`, `inputs/<name>`, `outputs/<name>`; `layout/nodes/<id>`; `nodes/<id>/after`;
    `nodes/<id>/inputs/<port>` (all that is wired there) and `nodes/<id>/inputs/<port>/item` (one reference, inserted
    into the list at `index`); `nodes/<id>/id`, `inputs/<name>/name`, `outputs/<name>/name` (the name it had, a bad one).
    """

    op: Literal["restore"] = "restore"
    path: Annotated[tuple[str, ...], Strict(False)]
    value: Any = None
    index: int | None = Field(default=None, ge=0)


class Within(Edit):
    op: Literal["within"] = "within"
    node: str
    port: str
    changes: Annotated[tuple[Change, ...], Strict(False)]


Change = Annotated[
    AddNode
    | RemoveNode
    | RenameNode
    | SetComponent
    | SetTitle
    | SetParam
    | UnsetParam
    | Connect
    | Disconnect
    | Reorder
    | SetAfter
    | SetOptions
    | Move
    | SetInput
    | RemoveInput
    | RenameInput
    | SetOutput
    | RemoveOutput
    | RenameOutput
    | SetState
    | SetDefaults
    | SetName
    | SetDescription
    | SetNote
    | SetFrame
    | Within
    | Restore,
    Field(discriminator="op"),
]


class Transaction(Edit):
    """An atomic batch: all of its changes are applied, in order, or none is.

    `label` is what the undo list shows, `source` who made it (a person, a tab, "file", "api"), `op_id` the name its
    maker gave it, by which a repeated delivery is recognised.
    """

    changes: Annotated[tuple[Change, ...], Strict(False)]
    label: str = ""
    source: str = ""
    op_id: str = ""


def read_transaction(data: Any) -> Transaction:
    """A transaction as it came from outside; ChangeRefused says in a sentence what can't be read in it."""
    try:
        return Transaction.model_validate(data)
    except ValidationError as error:
        problem = problems_of(error)[0]
        raise ChangeRefused(
            f"This is no transaction: {problem.message}", code="bad-transaction", hint=problem.hint
        ) from None


def as_json(tx: Transaction) -> dict[str, Any]:
    """The transaction as it travels: `Transaction.model_validate` reads it back."""
    plain: dict[str, Any] = {"changes": [_change_json(change) for change in tx.changes]}
    for name in ("label", "source", "op_id"):
        if value := getattr(tx, name):
            plain[name] = value
    return plain


def _change_json(change: Edit) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name in type(change).model_fields:
        value = getattr(change, name)
        if isinstance(value, Part):
            plain[name] = part_json(value)
        elif value is not None or name in change.model_fields_set:
            plain[name] = _plain(value)
    return plain


def _plain(value: Any) -> Any:
    """Tuples travel as lists, and changes within a change as they do; everything else in one is JSON already."""
    if isinstance(value, Edit):
        return _change_json(value)
    if isinstance(value, tuple):
        return [_plain(item) for item in value]  # pyright: ignore[reportUnknownVariableType]
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}  # pyright: ignore[reportUnknownVariableType]
    return value

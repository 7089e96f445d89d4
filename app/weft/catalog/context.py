"""What a component may ask of the step it runs in. Declare a parameter annotated `Context` to receive it."""

from __future__ import annotations

import copy
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final, Literal, Protocol, cast

from weft.catalog.lookup import look_up
from weft.model.flow import Flow
from weft.model.plain import to_plain

_NO_FIELDS: Final[Mapping[str, Any]] = {}


class Context(Protocol):
    """The few verbs of a step. All may be called from a component's own thread, but for the awaited one."""

    @property
    def state(self) -> StateView:
        """The run's shared document: read by path, written by path."""
        ...

    @property
    def idempotency_key(self) -> str:
        """The same text however often this step is tried: send it where doing a thing twice would hurt."""
        ...

    def emit(self, text: str) -> None:
        """Show a piece of the answer as it grows. What was emitted is no output: return the whole as well."""
        ...

    def log(self, message: str) -> None:
        """Leave a line for whoever looks into this step."""
        ...

    def progress(self, done: int, total: int) -> None:
        """Say how far the step is. Say it before the first of many flows, and too many are refused before they start."""
        ...

    async def run(
        self, flow: Flow, inputs: Mapping[str, Any], *, item: int | None = None, session: str = ""
    ) -> dict[str, Any]:
        """Run another flow as part of this step and return its outputs by name. Raises `StepFailed` if it fails.

        `item` numbers it, from 0, among those the step runs: it is in the paths of its steps (`map[3]/summarise`) and in
        their idempotency keys, so give it where one step runs many. Flows of the same `session` run one after another,
        share one state, and nodes that say `otherwise: previous` find the answers of the one before.
        """
        ...

    async def ask(
        self,
        text: str,
        *,
        kind: Literal["approve", "edit", "choose", "form"] = "approve",
        value: Any = None,
        choices: Sequence[Any] = (),
        fields: Mapping[str, Any] = _NO_FIELDS,
        answer_within: float | None = None,
        default: Any = None,
        changes: Mapping[str, Any] | None = None,
    ) -> Any:
        """Ask a person and wait for the answer, however long that takes: the step's timeout stands still.

        `approve` gives `{"approved": ..., "remark": ...}`, `edit` the changed `value`, `choose` one of `choices`, and
        `form` a value for each of `fields`: `{name: type}`, or as a flow describes its inputs. After `answer_within`
        seconds `default` is the answer; if that is None, raises `StepFailed` (`no-answer`). With `changes`, a JSON Schema,
        whoever approves may change the value, and the answer has the `value` as it is then.
        """
        ...

    @property
    def noted(self) -> Sequence[Any]:
        """What this step had noted when its run was broken off, in order; nothing otherwise. Ask before the first note."""
        ...

    def note(self, value: Any, said: str = "") -> None:
        """Put down plain JSON that was dear to get: the step begins again when its run was broken off and goes on, and
        finds it as `noted`. `said` is a line for the log. A new attempt after a failure begins without."""
        ...

    def expand(
        self,
        nodes: Mapping[str, Mapping[str, Any]],
        edges: Sequence[Mapping[str, Any]] = (),
        remove: Sequence[Mapping[str, Any]] = (),
    ) -> tuple[str, ...]:
        """Add nodes to this run, and to nothing else: the document stays as it is. Gives the ids of the new nodes.

        A node is written as in a flow file. What comes from a model goes into its `values` and never into its `params`:
        `values` are data by port, in which no template, secret or file is seen. An id that begins with `_` is put behind
        this step's own (`_1` of `adapt` is `adapt_1`), and `_` in a reference is this step.

        `edges` lead to nodes that still wait: `{"from": "_1", "to": "answer.context"}`, at the end of a list, or with
        `"first": true` before what is there; to `"_.found"` means each list that this step's output `found` goes into,
        right before it; to a node and no port is order alone. `remove` takes edges away.

        All of it is done, or nothing: raises `StepFailed` (`bad-expansion`) that says what is wrong.
        """
        ...


class StateView(Mapping[str, Any]):
    """The run's state as one step sees it. Paths are dotted: `plan.steps.0`. What is written is noted for the event."""

    def __init__(self, root: dict[str, Any] | None = None) -> None:
        self._root: dict[str, Any] = {} if root is None else root
        self.written: dict[str, Any] = {}

    def get(self, path: str, default: Any = None) -> Any:
        """A copy of what stands at the path, or `default`."""
        found, value = look_up(self._root, path.split("."))
        return copy.deepcopy(value) if found else default

    def set(self, path: str, value: Any) -> None:
        """Write plain JSON at the path, making the objects on the way. Raises `ValueError` where a list or text is in it."""
        plain = to_plain(value)
        *way, last = path.split(".")
        place = self._root
        for part in way:
            inner: Any = place.setdefault(part, {})
            if not isinstance(inner, dict):
                raise ValueError(f"state.{path} can't be written: {part!r} in it is no object")
            place = cast("dict[str, Any]", inner)
        place[last] = plain
        self.written[path] = copy.deepcopy(plain)

    def __getitem__(self, path: str) -> Any:
        found, value = look_up(self._root, path.split("."))
        if not found:
            raise KeyError(path)
        return copy.deepcopy(value)

    def __iter__(self) -> Iterator[str]:
        return iter(self._root)

    def __len__(self) -> int:
        return len(self._root)

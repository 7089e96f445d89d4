"""Where in its flow a tab is: in the flow itself, or in one written inside its nodes, run perhaps many times over.

The run is always that of the whole flow. Its steps have paths (`each[3]/say`); here they are told apart by the *pass*
they belong to, one item or round of the flow inside (`each[3]/`), and by their node in it (`say`).
"""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any, Final

from weft.engine.choice import Choice
from weft.model.flow import Flow
from weft.runs.reading.wired import Inputs
from weft.runs.state import RunState, StepState
from weft.workspace.editing.documents import OpenDocument
from weft.workspace.editing.inside import place, whole

ALL: Final = ""
URGENT = ("paused", "failed", "running")


class Place:
    """`shown` is the pass that is looked at, `ALL` for all of them together; `passes` are those that the run has had."""

    def __init__(self, document: OpenDocument) -> None:
        self._document = document
        self.whole = whole(document)
        self.shown = ALL
        self.passes: dict[str, None] = {}
        self._focus: tuple[Any, int, str] = (None, -1, "")

    @property
    def nodes(self) -> tuple[str, ...]:
        """The nodes on the way here; none in the flow itself."""
        return place(self._document)

    @property
    def inside(self) -> bool:
        return self._document is not self.whole

    def key(self, node: str) -> str:
        """The node by its way from the outermost flow, as pins and choices name it: `each/say`."""
        return "/".join((*self.nodes, node))

    def here(self, named: Iterable[str]) -> list[str]:
        """Of nodes named by their way those of this flow, by their ids."""
        before = self.key("")
        return [
            name[len(before) :]
            for name in named
            if name.startswith(before) and "/" not in name[len(before) :]
        ]

    # Steps of the run -----------------------------------------------------------------------------------------------

    def find(self, path: str) -> tuple[str, str] | None:
        """The pass of a step, and its path in it (`say`, `sub/say`); None for one that is elsewhere in the run."""
        nodes = self.nodes
        if not nodes:
            return "", path
        parts = path.split("/", len(nodes))
        if len(parts) <= len(nodes) or any(
            part.partition("[")[0] != node for part, node in zip(parts, nodes, strict=False)
        ):
            return None
        return path[: len(path) - len(parts[-1])], parts[-1]

    def take(self, paths: Iterable[str], *, anew: bool = False) -> bool:
        """Learn of the passes that these steps belong to; whether they are others than before."""
        if not self.inside:
            return False
        before = len(self.passes), self.shown
        if anew:
            self.passes = {}
        for path in paths:
            if (found := self.find(path)) is not None:
                self.passes.setdefault(found[0])
        if anew and self.shown not in self.passes:
            self.shown = ALL
        return anew or before != (len(self.passes), self.shown)

    def shows(self, found: tuple[str, str] | None) -> bool:
        """Whether such a step is among those that are looked at."""
        return found is not None and self.shown in (ALL, found[0])

    def node(self, path: str) -> str:
        """The node of this flow that a step is of, or inside of, if it is among those looked at; else ""."""
        found = self.find(path)
        if found is None or not self.shows(found):
            return ""
        return found[1].partition("/")[0].partition("[")[0]

    def path(self, node: str, state: RunState | None) -> str:
        """The step of a node that is looked at. Of all passes it is the one that needs a person most, else the last."""
        return self.focus(state) + node

    def focus(self, state: RunState | None) -> str:
        if self.shown or not self.passes or state is None:
            return self.shown or next(reversed(self.passes), "/".join(self.nodes) + "/" if self.nodes else "")
        known, seq, focus = self._focus
        if known is not state or seq != state.seq:
            focus = self._most_telling(state)
            self._focus = (state, state.seq, focus)
        return focus

    def _most_telling(self, state: RunState) -> str:
        standing = self.standing(state)
        return min(standing, key=lambda one: self.rank(standing[one]), default=next(reversed(self.passes)))

    def standing(self, state: RunState) -> dict[str, str]:
        """Of the passes in which something asks, failed or runs, the most urgent of that."""
        found: dict[str, str] = {}
        for path, step in state.steps.items():
            if step.status in URGENT and (here := self.find(path)) is not None:
                before = found.get(here[0])
                if before is None or self.rank(step.status) < self.rank(before):
                    found[here[0]] = step.status
        return found

    @staticmethod
    def rank(status: str) -> int:
        return URGENT.index(status)

    def state(self, run: RunState | None, flow: Flow) -> RunState | None:
        """What this flow's nodes did in the pass that is looked at, as if it had run by itself: with what it was given.
        `flow` is the whole flow as that run had it."""
        if not self.inside or run is None:
            return run
        focus = self.focus(run)
        steps: dict[str, StepState] = {}
        for path, step in run.steps.items():
            if path.startswith(focus) and "/" not in path[len(focus) :]:
                steps[path[len(focus) :]] = step
        given = Inputs(flow, run)
        wanted = {name: given.given(focus, name) for name in self._document.flow.inputs}
        inputs = {name: value for name, value in wanted.items() if value is not None}
        return replace(run, steps=steps, inputs=inputs, expansions=[], questions={})

    # What can be chosen of it ---------------------------------------------------------------------------------------

    def part(self, what: str, node: str, in_rounds: Callable[[str], bool]) -> Choice:
        """Which steps a run from, until, or only of this node is about, as `Choice` names them. A flow that runs in
        rounds is run to the end of a round: what comes after the node decides whether there is another."""
        key = self.key(node)
        names = key.split("/")
        around = next(
            (way for at in range(1, len(names)) if in_rounds(way := "/".join(names[:at]))),
            "",
        )
        match what:
            case "run-from":
                return Choice(start=(key,))
            case "run-until":
                return Choice(until=(around or key,))
            case _ if around:
                return Choice(start=(key,), until=(around,))
            case _:
                return Choice(only=(key,))

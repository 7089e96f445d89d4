"""What a run would cost, about, before anything is asked: low, likely and high, and how that was got.

The tokens of a prompt are counted where its text is known: what is typed in, and the inputs given. What a step before
it will answer isn't known: the flow's last runs say how much it was then, else a stated guess stands for it. The price
turns tokens into dollars; a model without one leaves its part of the cost unknown.
"""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from weft.catalog import Component
from weft.engine.reading import ports_of
from weft.model import Flow, Node
from weft.model.refs import parse_ref
from weft.providers.estimating import ANSWER, PER_MESSAGE
from weft.workspace.foreseeing.answering import choice, nested_flow
from weft.workspace.foreseeing.budgets import price_of
from weft.workspace.foreseeing.estimated import ONE, ZERO, Range, RunEstimate, StepEstimate
from weft.workspace.foreseeing.past import Past, lately, past_of, spread, tokens_of
from weft.workspace.foreseeing.tool_rounds import ToolRounds

if TYPE_CHECKING:
    from weft.workspace.folder import Workspace

DEEPEST = 16
BRANCHING = ("branch", "classify")


GUESSED = Range(ANSWER / 8, ANSWER, ANSWER * 5)
"""Tokens of an answer that nobody has seen yet: a sentence, a few paragraphs, three pages."""
UNGIVEN = Range(5, 50, 1000)
"""Tokens of an input that isn't given yet."""
ROUNDS = 3
ITEMS = Range(1, 5, 20)


async def estimate(
    workspace: "Workspace",
    flow: Flow,
    inputs: Mapping[str, Any] | None = None,
    *,
    slug: str = "",
    model: str | None = None,
) -> RunEstimate:
    """What a run of the flow with these inputs would use. Nothing is called, and an input may still be missing."""
    past = await past_of(workspace, slug)
    made = RunEstimate(past_runs=past.runs)
    sizes: dict[str, Range] = {}
    for name, wanted in flow.inputs.items():
        value = (inputs or {}).get(name, wanted.default if wanted.has_default else None)
        count = tokens_of(value) if value is not None else None
        sizes[name] = UNGIVEN if count is None else Range(count, count, count)
    _Walk(workspace, flow, sizes, dict(inputs or {}), past, made, model, "", ONE, 0).over()
    return made


class _Walk:
    """One flow, the run's or one inside it: its nodes in the order of their edges."""

    def __init__(
        self,
        workspace: "Workspace",
        flow: Flow,
        sizes: dict[str, Range],
        inputs: dict[str, Any],
        past: Past,
        made: RunEstimate,
        model: str | None,
        path: str,
        times: Range,
        depth: int,
    ) -> None:
        self.workspace, self.flow, self.sizes, self.inputs = workspace, flow, sizes, inputs
        self.past, self.made, self.model, self.path = past, made, model, path
        self.times, self.depth = times, depth
        self.ports = ports_of(flow, workspace.catalog)
        self.given: dict[tuple[str, str], Range] = {}
        self.maybe: set[str] = set()
        """Nodes that may not run."""

    def over(self) -> None:
        for node_id in self._ordered():
            node = self.flow.nodes[node_id]
            component = self.workspace.catalog.get(node.component)
            if component is None or node.options.disabled:
                continue
            sources = [parse_ref(ref).node for port in node.inputs for ref in node.refs(port)]
            if node.options.when or any(self._uncertain(source) for source in sources):
                self.maybe.add(node_id)
            kinds = {(port.type.item or port.type).kind: port.name for port in component.inputs}
            if "model" in kinds:
                self._asks(node_id, node, component, kinds["model"])
            if "flow" in kinds and (inner := nested_flow(self.workspace, node.params.get(kinds["flow"]))):
                self._runs(node_id, node, component, inner)

    def _ordered(self) -> list[str]:
        left: dict[str, set[str]] = {name: set() for name in self.flow.nodes}
        for edge in self.flow.edges():
            if edge.ref.node in left and edge.node in left:
                left[edge.node].add(edge.ref.node)
        order: list[str] = []
        while ready := [name for name, needs in left.items() if not needs]:
            order += ready
            for name in ready:
                del left[name]
            for needs in left.values():
                needs.difference_update(ready)
        return order

    def _uncertain(self, source: str) -> bool:
        node = self.flow.nodes.get(source)
        return source in self.maybe or (node is not None and node.component.split("@")[0] in BRANCHING)

    # --- a step that asks a model ---

    def _asks(self, node_id: str, node: Node, component: Component, port: str) -> None:
        path = self.path + node_id
        own = node.params.get(port)
        model = choice(
            self.workspace, self.flow, own if isinstance(own, str) and own else None, self.model
        ).model
        known = self.past.of(path).like(model)
        rounds = ToolRounds(node, component, self.workspace.catalog)
        composed, certain = self._composed(node_id, node)
        how = ["counted" if certain else "counted, with a guess for what comes before it"]
        sent, before = composed, spread(use.sent for use in known)
        if before is not None and (rounds or not certain):
            sent, how = Range(*before), [f"as in {lately(known)}"]
        answered = spread(use.answered for use in known)
        how.append(
            f"answers of {answered[1]:.0f} as in {lately(known)}"
            if answered
            else f"answers guessed at {ANSWER}"
        )
        each = Range(*answered) if answered else GUESSED
        self.given[node_id, ""] = each
        self.given[node_id, "messages"] = each.plus(composed)
        calls = self._calls(node, rounds, spread(use.calls for use in known))
        if rounds and before is None:
            sent = rounds.sent(composed, each, calls)
            how.append("rounds of tools guessed")
        calls = Range(0 if node_id in self.maybe else calls.low, calls.likely, calls.high).times(self.times)
        for name, inner in rounds.flows():
            self._inside(node_id, name, inner, Range(0, 1, rounds.most))
        sent, answers = sent.times(calls), each.times(calls)
        self.made.steps.append(
            StepEstimate(path, model, calls, sent, answers, self._cost(model, sent, answers), "; ".join(how))
        )

    def _calls(self, node: Node, rounds: ToolRounds, before: tuple[float, float, float] | None) -> Range:
        attempts = node.params.get("attempts", 3)
        most = attempts if isinstance(attempts, int) and node.params.get("output", "text") != "text" else 1
        guessed = rounds.asks(most) if rounds else Range(1, 1, max(1, most))
        if before is None:
            return guessed
        return Range(before[0], before[1], max(before[2], guessed.high))

    def _cost(self, model: str, sent: Range, answered: Range) -> Range | None:
        price = price_of(self.workspace, model)
        if price is None:
            return None
        return Range(
            *(
                price.of({"input_tokens": round(s), "output_tokens": round(a)})
                for s, a in zip(sent, answered, strict=True)
            )
        )

    def _composed(self, node_id: str, node: Node) -> tuple[Range, bool]:
        """The tokens of what is sent, and whether all of it is known."""
        total, certain, messages = Range(3, 3, 3), True, 0
        for port in self.ports[node_id].inputs:
            kind = (port.type.item or port.type).kind
            if kind in ("model", "flow"):
                continue
            if port.name in node.inputs:
                for ref in node.refs(port.name):
                    size, sure = self._size(ref, messages=kind == "messages")
                    total, certain = total.plus(size), certain and sure
                    messages += 2 if kind == "messages" else 0
            elif (kind in ("template", "text") and port.multiline) or kind == "template":
                text = node.params.get(port.name, self._default(port.name, port.default))
                count = tokens_of(text) if text else 0
                total, messages = total.plus(Range(count, count, count)), messages + bool(text)
        framing = messages * PER_MESSAGE
        return total.plus(Range(framing, framing, framing)), certain

    def _default(self, name: str, default: Any) -> Any:
        return self.flow.defaults.system or default if name == "system" else default

    # --- sizes ---

    def _size(self, ref: str, *, messages: bool = False) -> tuple[Range, bool]:
        """The tokens that an edge brings, and whether they are known."""
        source = parse_ref(ref)
        if source.node == "inputs":
            size = self.sizes.get(source.port or "", UNGIVEN)
            return size, size.low == size.high
        if messages and (found := self.given.get((source.node, "messages"))):
            return found, False
        if (found := self.given.get((source.node, ""))) is not None:
            return found, False
        if (before := spread(self.past.of(self.path + source.node).given)) is not None:
            return Range(*before), False
        return self._passed_on(source.node), False

    def _passed_on(self, node_id: str) -> Range:
        """What a step gives that asks no model: about what it was given."""
        node = self.flow.nodes.get(node_id)
        if node is None:
            return GUESSED
        total = ZERO
        for port in node.inputs:
            for ref in node.refs(port):
                total = total.plus(self._size(ref)[0])
        typed = sum(tokens_of(value) for value in node.params.values() if isinstance(value, str))
        found = Range(0, total.likely + typed, max(total.high + typed, ANSWER))
        self.given[node_id, ""] = found
        return found

    # --- flows inside ---

    def _runs(self, node_id: str, node: Node, component: Component, inner: Flow) -> None:
        if self.depth >= DEEPEST:
            return
        times, numbered = self._times(node_id, node, component)
        if node_id in self.maybe:
            times = times._replace(low=0)
        sizes: dict[str, Range] = {}
        inputs: dict[str, Any] = {}
        for name, wanted in inner.inputs.items():
            if name in node.inputs:
                sizes[name] = self._size(node.refs(name)[0])[0] if node.refs(name) else UNGIVEN
            else:
                value = node.params.get(name, wanted.default if wanted.has_default else None)
                count = tokens_of(value) if value is not None else 0
                sizes[name] = Range(count, count, count) if value is not None else UNGIVEN
        path = f"{self.path}{node_id}{'[]' if numbered else ''}/"
        _Walk(
            self.workspace, inner, sizes, inputs, self.past, self.made, self.model, path,
            self.times.times(times), self.depth + 1,
        ).over()  # fmt: skip

    def _inside(self, node_id: str, name: str, inner: Flow, times: Range) -> None:
        """A flow that the step's model may call, about whose inputs nothing is known."""
        if self.depth >= DEEPEST:
            return
        sizes = dict.fromkeys(inner.inputs, UNGIVEN)
        _Walk(
            self.workspace, inner, sizes, {}, self.past, self.made, self.model, f"{self.path}{node_id}[]/{name}/",
            self.times.times(times), self.depth + 1,
        ).over()  # fmt: skip

    def _times(self, node_id: str, node: Node, component: Component) -> tuple[Range, bool]:
        """How often a step runs its flow, and whether those runs are numbered."""
        before = spread(self.past.of(self.path + node_id).items)
        match component.name:
            case "map":
                items = self._known(node, "items")
                if isinstance(items, list):
                    count = len(cast("list[Any]", items))
                    return Range(count, count, count), True
                return (Range(*before) if before else ITEMS), True
            case "repeat":
                most = node.params.get("at_most", 10)
                most = most if isinstance(most, int) and most > 0 else 10
                return (Range(*before) if before else Range(1, min(ROUNDS, most), most)), True
            case _:
                return ONE, False

    def _known(self, node: Node, port: str) -> Any:
        """The value of a port that is typed in, or an input that is given; None if it isn't known."""
        for ref in node.refs(port):
            source = parse_ref(ref)
            return self.inputs.get(source.port or "") if source.node == "inputs" else None
        return node.params.get(port)

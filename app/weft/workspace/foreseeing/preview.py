"""What a node will see: the messages its model would get, before anything runs.

The values are put together by the engine itself, and the conversation by the component: it is called as in a run, with
a model that asks nobody. That is done where nothing else can happen: for components declared `pure`, and those whose
`ui` says of the model's port `{"asked": "first"}` (it is asked before anything else is done). Of any other node the
finished values of its ports are shown. No secret is resolved and no file opened.
"""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, cast

from weft.catalog.component import Component
from weft.engine.plan import sketch
from weft.engine.planned import Plan, PlanNode
from weft.engine.seeing import Seen, see
from weft.engine.spans import COMPONENT, Marks, Source, plain
from weft.model import Flow, WeftError
from weft.model.errors import NotFound, StepFailed
from weft.providers.estimating import FRAME, PER_MESSAGE, about_tokens
from weft.workspace.foreseeing.answering import choice
from weft.workspace.foreseeing.fitted import ShownTool, fitted, shown_tools, unknown_window
from weft.workspace.foreseeing.foreseen import Foreseen, Given, titled
from weft.workspace.foreseeing.showable import model_port, why_not

if TYPE_CHECKING:
    from weft.workspace.folder import Workspace

MOST_SHOWN = 200_000
"""Characters of one piece that are handed out; the tokens are those of all of it."""


@dataclass(frozen=True)
class Span:
    """A piece of a message, where it comes from, and about how many tokens it is."""

    text: str
    source: Source
    title: str
    tokens: int

    def json(self) -> dict[str, Any]:
        told = {
            "kind": self.source.kind,
            "ref": self.source.ref,
            "part": self.source.part,
            "port": self.source.port,
            "origin": self.source.origin,
            "told": self.source.told,
        }
        shown = {key: value for key, value in told.items() if value}
        return {"text": self.text[:MOST_SHOWN], **shown, "title": self.title, "tokens": self.tokens}


@dataclass(frozen=True)
class Message:
    """One message, or the value of one port: `role` is its name. `cut` says in words what won't be sent of it."""

    role: str
    spans: tuple[Span, ...]
    tokens: int
    cut: str = ""

    @property
    def text(self) -> str:
        return "".join(span.text for span in self.spans)

    def json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"role": self.role, "tokens": self.tokens}
        if self.cut:
            shown["cut"] = self.cut
        return shown | {"spans": [span.json() for span in self.spans]}


@dataclass
class Preview:
    """What the node `node` of a flow will see. Either `messages`, or the `values` of its ports with `why`.

    `tools` are those the model is told of; `schema` is the JSON Schema of a structured answer, `told_schema` whether the model is sent it beside the messages.
    `window` is how many tokens the model takes, None if that isn't known. `remark` is what else there is to know of the
    messages, `trouble` says what can't be finished or sent.
    """

    node: str
    component: str
    model: str = ""
    chosen_by: str = ""
    messages: list[Message] = field(default_factory=list[Message])
    values: list[Message] = field(default_factory=list[Message])
    schema: Any = None
    told_schema: bool = False
    tools: list[ShownTool] = field(default_factory=list[ShownTool])
    tokens: int = 0
    window: int | None = None
    why: str = ""
    remark: str = ""
    trouble: str = ""
    hint: str = ""

    def json(self) -> dict[str, Any]:
        shown: dict[str, Any] = {"node": self.node, "component": self.component}
        for name in (
            "model",
            "chosen_by",
            "tokens",
            "window",
            "schema",
            "told_schema",
            "why",
            "remark",
            "trouble",
            "hint",
        ):
            if value := getattr(self, name):
                shown[name] = value
        if self.tools:
            shown["tools"] = [tool._asdict() for tool in self.tools]
        shown["messages"] = [message.json() for message in self.messages]
        shown["values"] = [value.json() for value in self.values]
        return shown

    def conversation(self) -> list[dict[str, str]]:
        """The messages alone, as a model takes them."""
        return [{"role": message.role, "content": message.text} for message in self.messages]


async def preview(
    workspace: "Workspace", flow: Flow, node: str, given: Given | None = None, *, model: str | None = None
) -> Preview:
    """What the node of the flow will see. `given` says whose values stand for what hasn't run yet. Raises `NotFound`
    (`no-node`) if there is no such node; whatever is wrong with the flow is told in the preview."""
    if node not in flow.nodes:
        some = ", ".join(list(flow.nodes)[:12])
        raise NotFound(
            f"There is no node {node!r} in the flow.", code="no-node", hint=f"It has: {some or 'none'}."
        )
    made = Preview(node, flow.nodes[node].component)
    component = workspace.catalog.get(made.component)
    plan = sketch(flow, workspace.catalog)
    if component is None or plan is None:
        made.trouble = (
            f"There is no component {made.component!r} here."
            if component is None
            else "Nodes of this flow wait for each other in a circle, so nothing of it can run."
        )
        return made
    return await _Looking(workspace, plan, component, made, given or Given(), model).look()


class _Looking:
    def __init__(
        self,
        workspace: "Workspace",
        plan: Plan,
        component: Component,
        made: Preview,
        given: Given,
        model: str | None,
    ) -> None:
        self.workspace, self.plan, self.component, self.made = workspace, plan, component, made
        self.given, self.model = given, model
        self.marks = Marks()
        self.titles = {name: titled(plan.flow, name) for name in plan.flow.nodes}

    async def look(self) -> Preview:
        made, node = self.made, self._node()
        foreseen = Foreseen(self.workspace, self.plan, self.given, self.model)
        known = await foreseen.before(node)
        try:
            seen = see(self.plan, node, known, foreseen.state, self.marks)
        except WeftError as error:
            made.trouble, made.hint = error.message, error.hint
            return made
        self._name_model(node)
        made.why = why_not(self.component)
        if not made.why:
            await self._ask(node, seen, foreseen)
        if made.why or (made.trouble and not made.messages):
            self._show_values(seen)
        shown = made.messages or made.values
        made.tokens = sum(one.tokens for one in (*shown, *made.tools)) + (FRAME if made.messages else 0)
        return made

    def _node(self) -> PlanNode:
        return next(node for node in self.plan.nodes if node.id == self.made.node)

    def _name_model(self, node: PlanNode) -> None:
        port = model_port(self.component)
        if not port:
            return
        if any(source.port == port for source in node.singles):
            self.made.chosen_by = "wire"
            return
        own = node.params.get(port)
        found = choice(
            self.workspace, self.plan.flow, own if isinstance(own, str) and own else None, self.model
        )
        self.made.model, self.made.chosen_by = found.model, found.chosen_by
        self.made.window = self.workspace.served.window(found.model)

    async def _ask(self, node: PlanNode, seen: Seen, foreseen: Foreseen) -> None:
        exact, trouble = await foreseen.asked(node, self.component, seen.values, seen.holes)
        if exact is None:
            self.made.trouble = trouble
            return
        marked, _ = await foreseen.asked(node, self.component, seen.marked, seen.holes)
        turns: list[dict[str, Any]] = exact["messages"]
        with_marks: list[dict[str, Any]] = marked["messages"] if marked is not None else []
        for index, turn in enumerate(turns):
            content = text_of(turn.get("content"))
            spans = [(content, COMPONENT)]
            if len(with_marks) == len(turns):
                told = text_of(with_marks[index].get("content"))
                if plain(told) == content:
                    spans = self.marks.spans(told)
            self.made.messages.append(self._message(str(turn.get("role", "")), spans))
        self.made.tools = shown_tools(exact["tools"])
        self._fit(exact["fit"])
        self.made.schema = exact["schema"]
        self.made.told_schema = exact["schema"] is not None and takes_schema(self.made.model)

    def _fit(self, sent: Any) -> None:
        """As they will be made to fit what the model takes, where the component does that."""
        made = self.made
        if sent is None or not made.model:
            return
        made.window = self.workspace.served.window(made.model, smallest=sent.how == "trim")
        if made.window is None:
            made.remark = unknown_window(sent, made.model)
            return
        try:
            made.messages = fitted(made.messages, sent, made.window, made.model)
        except StepFailed as error:
            made.trouble, made.hint = error.message, error.hint

    def _show_values(self, seen: Seen) -> None:
        for port, value in seen.values.items():
            if port in seen.holes or port == model_port(self.component):
                continue
            content, whole = text_of(value), seen.sources[port]
            spans = [(content, whole)]
            if isinstance(value, str) and plain(told := text_of(seen.marked.get(port))) == content:
                spans = [
                    (text, whole if source == COMPONENT else source)
                    for text, source in self.marks.spans(told)
                ]
            self.made.values.append(self._message(port, spans, framing=0))

    def _message(self, role: str, spans: list[tuple[str, Source]], *, framing: int = PER_MESSAGE) -> Message:
        made = tuple(Span(text, source, self._title(source), about_tokens(text)) for text, source in spans)
        return Message(role, made, about_tokens("".join(text for text, _ in spans)) + framing)

    def _title(self, source: Source) -> str:
        match source.kind:
            case "node":
                title = self.titles.get(source.ref, source.ref)
                return f"{source.part.capitalize()} of {title}" if source.part else title
            case "input":
                return f"Input {source.ref}"
            case "state":
                return f"state.{source.ref}"
            case "default":
                return f"Default of {source.ref}"
            case "flow":
                return f"The flow's own {source.ref}"
            case "component":
                return f"Written by {self.component.title}"
            case _:
                return source.ref


def takes_schema(model: str) -> bool:
    """Whether this model is sent the JSON Schema of a structured answer, beside the messages."""
    return model.partition(":")[0] in ("demo", "scripted")


def text_of(content: Any) -> str:
    """A message's content, or a value, as it is read."""
    if isinstance(content, str):
        return content
    if isinstance(content, list) and content and all(_is_text(part) for part in cast("list[Any]", content)):
        return "".join(str(part["text"]) for part in cast("list[Any]", content))
    return json.dumps(content, ensure_ascii=False, default=str)


def _is_text(part: Any) -> bool:
    return isinstance(part, Mapping) and isinstance(cast("Mapping[str, Any]", part).get("text"), str)

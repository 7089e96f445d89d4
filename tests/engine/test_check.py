"""Every problem, with its place and its fix: one document for each, and what is left after the fix."""

from pathlib import Path
from typing import Any

import pytest
from tests.engine.build import STOCK, flow, node

from weft.catalog import (
    Catalog,
    ChatModel,
    Component,
    Context,
    Expression,
    Messages,
    Secret,
    Template,
    component,
)
from weft.engine.check import check, ports_of
from weft.model import CODES, Flow, Problem, from_json
from weft.model.edits import apply

Json = dict[str, Any]


@component(version=2, upgrade=lambda params: {"text": params.get("words", "")})
async def changed(text: str) -> str:
    """Has another version."""
    return text


@component
async def write(template: Template) -> str:
    """A text with holes."""
    return template


@component
async def decide(condition: Expression) -> Any:
    """A condition."""
    return condition


@component(pure=True)
async def pure(text: str = "") -> str:
    """Computes."""
    return text


@component
async def ask(
    model: ChatModel,
    key: Secret | None = None,
    path: Path | None = None,
    talk: Messages = [],  # noqa: B006 - never changed
) -> str:
    """Live things."""
    return ""


@component
async def flag(on: bool, mode: str = "a") -> bool:
    """True or false."""
    return on


@component
async def silent(text: str = "") -> None:
    """Gives nothing."""


def _ports(params: Any) -> Any:
    inner = params.get("flow")
    return {"inputs": inner.inputs if isinstance(inner, Flow) else {}}


@component(ports=_ports)
async def subtask(flow: Flow, ctx: Context, **inputs: Any) -> dict[str, Any]:
    """Runs a flow."""
    return await ctx.run(flow, inputs)


LIBRARY: dict[str, Json] = {
    "fine": {"format": 1, "inputs": {"x": {}}, "nodes": {"a": node("say", text="@inputs.x")}},
    "snake": {"format": 1, "nodes": {"again": node("subtask", flow="tail")}},
    "tail": {"format": 1, "nodes": {"on": node("subtask", flow="snake")}},
}


def find(name: str) -> Flow | None:
    return from_json(LIBRARY[name]) if name in LIBRARY else None


MORE: tuple[Component, ...] = (changed, write, decide, pure, ask, flag, silent, subtask)
KNOWN = Catalog((*STOCK, *MORE), flows=find)
X = {"x": {"type": "text", "default": ""}}
NUMBER = {"n": {"type": "number"}}
ONCE: Json = {"a": node("say", text="a")}


class Case:
    def __init__(
        self,
        document: Json,
        problem: tuple[Any, ...],
        said: str,
        fixed: str = "",
        *,
        warning: bool = False,
        left: tuple[str, ...] = (),
    ) -> None:
        self.document, self.problem, self.said, self.fixed = document, problem, said, fixed
        self.warning, self.left = warning, left


def case(
    code: str,
    nodes: Json,
    where: tuple[Any, ...],
    said: str,
    fixed: str = "",
    *,
    warning: bool = False,
    left: tuple[str, ...] = (),
    **top: Any,
) -> Any:
    """A document; the code, node and port of its first problem; its sentence; what the fix is called."""
    return pytest.param(
        Case({"format": 1, "nodes": nodes, **top}, (code, *where), said, fixed, warning=warning, left=left),
        id=f"{code}: {said}"[:90],
    )


CASES = [
    # names
    case("bad-id", {"Big": node("say")}, ("Big", None), "'Big' can't be the name of a node.", "Rename it to big"),
    case("reserved-name", {"item": node("say")}, ("item", None), "The node 'item' has a reserved name.", "Rename it to n_item"),
    case("bad-id", {"a": node("say", text="@inputs.x")}, (None, None), "'X Y' can't be the name of an input.", "Rename it to x_y", inputs={"x": {}, "X Y": {}}, left=("unused-input",)),
    case("bad-id", ONCE, (None, None), "'The end' can't be the name of an output.", "Rename it to the_end", outputs={"The end": "a"}),
    # the interface
    case("unknown-type", {"a": node("say", text="@inputs.x")}, (None, None), "The type of the input 'x' is none: 'txt' is no port type; there are text, number, integer, boolean, json, messages, file, any, and list[...] of one of them.", "Make it text", inputs={"x": {"type": "txt"}}),
    case("bad-default", {"a": node("add", a="@inputs.n")}, (None, None), "The default of the input 'n' doesn't fit: it must be a number, not 'one'.", "Remove the default", inputs={"n": {"type": "number", "default": "one"}}),
    case("unused-input", ONCE, (None, None), "Nothing reads the input 'x'.", "Remove the input x", inputs=X, warning=True),
    case("dangling-ref", ONCE, (None, None), "The output 'o' takes 'b', but there is no node 'b'.", "Remove the output o", outputs={"o": "b"}),
    case("dangling-ref", {"essay": node("say")}, (None, None), "The output 'o' takes 'esay', but there is no node 'esay'.", "Take essay", outputs={"o": "esay"}),
    case("dangling-ref", {"t": node("two")}, (None, None), "The output 'o' takes 't.coutn', but 't' has no output 'coutn'.", "Take t.count", outputs={"o": "t.coutn"}),
    case("dangling-ref", {"q": node("silent")}, (None, None), "The output 'o' takes 'q', but 'q' gives nothing.", "Remove the output o", outputs={"o": "q"}, left=("no-outputs",)),
    case("bad-ref", ONCE, (None, None), "The output 'o': 'inputs' is no reference: write 'inputs.name' with the name of an input.", "Remove the output o", outputs={"o": "inputs"}),
    case("empty-flow", {}, (None, None), "The flow has no nodes.", warning=True),
    case("no-outputs", {"q": node("silent")}, (None, None), "Nothing in the flow gives a result.", warning=True),
    # components
    case("unknown-component", {"a": node("sya")}, ("a", None), "'a' uses the component 'sya', which isn't there.", "Use say"),
    case("unknown-component", {"a": node("quantum")}, ("a", None), "'a' uses the component 'quantum', which isn't there."),
    case("other-version", {"a": node("changed", words="w")}, ("a", None), "'a' was made for 'changed', and what there is is 'changed@2'.", "Upgrade a to changed@2"),
    # params
    case("unknown-param", {"a": node("say", txt="x")}, ("a", "txt"), "'a' has a param 'txt', and its component 'say' no such port.", "Rename it to text"),
    case("unknown-param", {"a": node("say", banana="x")}, ("a", "banana"), "'a' has a param 'banana', and its component 'say' no such port.", "Remove the param banana"),
    case("bad-param", {"a": node("add", a="3")}, ("a", "a"), "The param 'a' of 'a' doesn't fit: it must be a whole number, not '3'.", "Make it 3"),
    case("bad-param", {"a": node("add", a=1, b="x")}, ("a", "b"), "The param 'b' of 'a' doesn't fit: it must be a whole number, not 'x'.", "Remove the param b"),
    case("bad-param", {"a": node("say", text=3)}, ("a", "text"), "The param 'text' of 'a' doesn't fit: it must be text, not 3.", "Make it '3'"),
    case("bad-param", {"a": node("add", a="x")}, ("a", "a"), "The param 'a' of 'a' doesn't fit: it must be a whole number, not 'x'."),
    case("bad-param", {"a": node("ask", key="sk-12345")}, ("a", "key"), "The param 'key' of 'a' doesn't fit: it must name a secret, never hold its value.", "Remove the param key"),
    case("bad-param", {"a": node("ask", path=3)}, ("a", "path"), "The param 'path' of 'a' doesn't fit: it must name a file, not 3.", "Remove the param path"),
    case("bad-param", {"a": node("say", save=["x"])}, ("a", "save"), "`save` of 'a' must be an object of state path: path in the answer.", "Remove the param save"),
    case("bad-param", {"a": node("say", save={"a..b": ""})}, ("a", "save"), "`save` of 'a' has the state path 'a..b', which has an empty part."),
    case("bad-template", {"a": node("write", template="Hi {{name")}, ("a", "template"), "'a': line 1, column 4: This {{ is never closed; write }} after the name"),
    case("bad-expression", {"a": node("decide", condition="1 +")}, ("a", "condition"), "'a': line 1, column 4: It is no whole expression"),
    case("port-clash", {"a": node("write", template="{{template}}")}, ("a", "template"), "'a': {{template}} has the name of a port this component already has."),
    # options
    case("bad-expression", {"a": node("say", options={"when": "a ="})}, ("a", None), "The `when` of 'a' can't be read: "),
    case("missing-default", {"a": node("say", options={"on_error": "continue"})}, ("a", None), "'a' is to continue when it fails, but has no default to continue with.", "Skip it instead when it fails"),
    case("bad-option", {"a": node("say", options={"on_error": "continue", "default": 3})}, ("a", None), "The default of 'a' doesn't fit its output: it must be text, not 3."),
    case("bad-option", {"a": node("say", options={"otherwise": "previous"})}, ("a", None), "'a' says what to do otherwise, but has no `when`.", warning=True),
    # edges
    case("missing-input", {"a": node("add")}, ("a", "a"), "'a' needs 'a', and nothing fills it.", "Add the input a and connect it"),
    case("missing-input", {"a": node("write", template="{{x}}"), "b": node("say", text="@inputs.x")}, ("a", "x"), "'a' needs 'x', and nothing fills it.", "Connect the input x", inputs=X),
    case("missing-input", {"a": node("join")}, ("a", "items"), "'a' needs 'items', and nothing fills it.", "Add the input items and connect it"),
    case("missing-input", {"a": node("subtask")}, ("a", "flow"), "'a' needs 'flow', and nothing fills it."),
    case("missing-input", {"a": node("say", options={"when": "b > 1"})}, ("a", "b"), "'a' needs 'b', and nothing fills it.", "Add the input b and connect it"),
    case("unknown-port", {**ONCE, "b": node("say", txt="@a")}, ("b", "txt"), "'a' goes into the port 'txt' of 'b', which has no such port.", "Connect it to text"),
    case("unknown-port", {**ONCE, "b": node("say", banana="@a")}, ("b", "banana"), "'a' goes into the port 'banana' of 'b', which has no such port.", "Remove the edge"),
    case("too-many-edges", {**ONCE, "b": node("say", text=["@a", "@a"])}, ("b", "text"), "The port 'text' of 'b' takes one edge, and has several.", "Remove the edge"),
    case("bad-ref", {"a": node("say", text="@state.x")}, ("a", "text"), "'a' takes 'state.x' at 'text': 'state.x' is no reference: 'state' is reserved and has no output.", "Remove the edge"),
    case("dangling-ref", {"outline": node("say"), "b": node("say", text="@outlien")}, ("b", "text"), "'b' takes 'outlien' at 'text', but there is no node 'outlien'.", "Take outline"),
    case("dangling-ref", {"outline": node("say"), "b": node("join", items=["@outline", "@outlien"])}, ("b", "items"), "'b' takes 'outlien' at 'items', but there is no node 'outlien'.", "Take outline"),
    case("dangling-ref", {"b": node("say", text="@gone")}, ("b", "text"), "'b' takes 'gone' at 'text', but there is no node 'gone'.", "Remove the edge"),
    case("dangling-ref", {"t": node("two"), "b": node("say", text="@t.mian")}, ("b", "text"), "'b' takes 't.mian' at 'text', but 't' has no output 'mian'.", "Take t.main"),
    case("dangling-ref", {"b": node("say", text="@inputs.topic")}, ("b", "text"), "'b' takes 'inputs.topic' at 'text', but there is no input 'topic'.", "Add the input topic"),
    case("dangling-ref", {"b": node("say", text="@inputs.topci", more="@inputs.topic")}, ("b", "text"), "'b' takes 'inputs.topci' at 'text', but there is no input 'topci'.", "Take inputs.topic", inputs={"topic": {}}),
    case("dangling-ref", {**ONCE, "b": node("say", after=["aa"])}, ("b", None), "'b' waits for 'aa', but there is no such node.", "Wait for a"),
    case("dangling-ref", {"b": node("say", after=["zzz"])}, ("b", None), "'b' waits for 'zzz', but there is no such node.", "Don't wait for it"),
    case("type-mismatch", {**ONCE, "b": node("add", a=1), "c": node("flag", on="@b")}, ("c", "on"), "'b' can't go into 'on' of 'c': true or false can't take a whole number; compare it in an expression, such as x > 0.", "Remove the edge", left=("missing-input",)),
    case("type-mismatch", {"t": node("flag", on=True), "c": node("add", a="@t")}, ("c", "a"), "'t' can't go into 'a' of 'c': ", "Remove the edge", left=("missing-input",)),
    # order
    case("cycle", {"a": node("say", text="@c"), "b": node("say", text="@a"), "c": node("say", text="@b")}, ("a", "text"), "These nodes wait for each other, so none can start: a → b → c → a.", "Remove the edge from c to a"),
    case("cycle", {"a": node("say", text="@a")}, ("a", "text"), "These nodes wait for each other, so none can start: a → a.", "Remove the edge from a to a"),
    case("cycle", {"a": node("say", after=["b"]), "b": node("say", text="@a")}, ("a", None), "These nodes wait for each other, so none can start: a → b → a.", "Remove the edge from b to a"),
    case("never-runs", {"a": node("say", options={"disabled": True}), "b": node("join", items=["@a"])}, ("b", "items"), "'b' never runs: it needs 'items', which comes from 'a', and that is disabled.", "Enable a", warning=True),
    case("unreachable-output", {"a": node("say", options={"disabled": True})}, (None, None), "The output 'o' is never made: 'a' is disabled.", "Enable a", outputs={"o": "a"}, warning=True),
    case("unused-node", {**ONCE, "b": node("pure")}, ("b", None), "Nothing takes what 'b' gives.", outputs={"o": "a"}, warning=True),
    # the state
    case("unknown-state", {"a": node("write", template="{{state.plan.x}}")}, ("a", None), "'a' reads state.plan.x, which is neither in the initial state nor saved by a node.", state={"plan": {}}, warning=True),
    case("state-race", {"a": node("say", save={"p": ""}), "b": node("write", template="{{state.p}}")}, ("b", None), "'b' reads state.p and 'a' writes state.p, but nothing says which comes first.", "Let b wait for a"),
    case("state-race", {"a": node("say", save={"p.q": ""}), "b": node("say", save={"p": ""})}, ("b", None), "'b' writes state.p and 'a' writes state.p.q, but nothing says which comes first.", "Let b wait for a"),
    case("state-race", {"a": node("say", options={"when": "state.p.q.r"}), "b": node("say", save={"p.q": ""})}, ("b", None), "'b' writes state.p.q and 'a' reads state.p.q.r, but nothing says which comes first.", "Let b wait for a", state={"p": {"q": {"r": 1}}}),
    # flows in flows
    case("unknown-flow", {"a": node("subtask", flow="nope")}, ("a", "flow"), "The flow 'nope' that 'a' runs isn't there, or can't be read."),
    case("unknown-flow", {"a": node("subtask", flow={"format": 99})}, ("a", "flow"), "The flow written in place that 'a' runs isn't there, or can't be read."),
    case("recursion", {"a": node("subtask", flow="snake")}, ("a", "flow"), "'a' runs a flow that runs itself: snake → tail → snake."),
    case("unknown-key", ONCE, (None, None), "The document has the key 'zzz', which Weft doesn't know.", zzz=1, warning=True),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_a_problem(case: Case) -> None:
    made = from_json(case.document)
    problems = check(made, KNOWN)
    assert [(problem.code, problem.node, problem.port) for problem in problems] == [case.problem]
    (problem,) = problems
    assert problem.message.startswith(case.said)
    assert problem.severity == ("warning" if case.warning else "error")
    assert problem.code in CODES
    assert (problem.fix.label if problem.fix else "") == case.fixed
    if problem.fix:
        mended, undo = apply(made, problem.fix)
        assert [one.code for one in check(mended, KNOWN)] == list(case.left)
        assert apply(mended, undo)[0] == made


def test_a_sound_flow_has_none() -> None:
    made = flow(
        {
            "a": node("say", text="@inputs.x", save={"plan.title": ""}),
            "b": node(
                "write", template="{{state.plan.title}} {{name}} {{state.maybe | default('no')}}", name="@a"
            ),
            "c": node(
                "decide", condition="len(n) > 3 and state.plan.title", n="@b", options={"when": "n != ''"}
            ),
            "d": node("subtask", flow="fine", x="@c"),
            "e": node("join", items=["@a", "@b"], after=["d"]),
            "f": node("ask"),
        },
        inputs=X,
    )
    assert check(made, KNOWN) == []


def test_all_problems_at_once_in_the_order_of_the_document() -> None:
    made = flow(
        {
            "late": node("say", text="@gone"),
            "early": node("nope"),
            "third": node("add", b="x", banana=1),
        },
        inputs={"unused": {}},
        outputs={"o": "nowhere"},
    )
    assert [(problem.node, problem.code) for problem in check(made, KNOWN)] == [
        (None, "unused-input"),
        (None, "dangling-ref"),
        ("late", "dangling-ref"),
        ("early", "unknown-component"),
        ("third", "bad-param"),
        ("third", "unknown-param"),
        ("third", "missing-input"),
    ]


POINTERS = [
    ({"a": node("say", txt="x")}, ("nodes", "a", "params", "txt")),
    ({"b": node("join", items=["@b2", "@gone"]), "b2": node("say")}, ("nodes", "b", "inputs", "items", 1)),
    ({"b": node("say", text="@gone")}, ("nodes", "b", "inputs", "text")),
    ({"b": node("say", after=["gone"])}, ("nodes", "b", "after", 0)),
    ({"a": node("nope")}, ("nodes", "a", "component")),
    ({"a": node("say", options={"when": "="})}, ("nodes", "a", "options", "when")),
]


@pytest.mark.parametrize(("nodes", "pointer"), POINTERS)
def test_a_problem_points_at_its_place_in_the_document(nodes: Json, pointer: tuple[Any, ...]) -> None:
    assert [problem.pointer for problem in check(flow(nodes), KNOWN)] == [pointer]


def test_a_hint_says_what_there_is() -> None:
    (problem,) = check(flow({"a": node("say", banana="x")}), KNOWN)
    assert problem.hint == "The ports here are text, more."


def test_two_knots_are_two_cycles() -> None:
    nodes = {
        "a": node("say", text="@b"),
        "b": node("say", text="@a"),
        "c": node("say", text="@d"),
        "d": node("say", text="@c"),
        "e": node("say", text="@a"),
    }
    assert [problem.message.rpartition(": ")[2] for problem in check(flow(nodes), KNOWN)] == [
        "a → b → a.",
        "c → d → c.",
    ]


def test_an_option_that_no_document_could_hold_is_still_a_problem() -> None:
    made = flow(ONCE)
    options = made.nodes["a"].options.model_copy(update={"timeout": -1.0})
    options.model_fields_set.add("timeout")
    odd = made.model_copy(update={"nodes": {"a": made.nodes["a"].model_copy(update={"options": options})}})
    (problem,) = check(odd, KNOWN)
    assert (problem.code, problem.message) == ("bad-option", "The timeout of 'a' can't be -1.")


# --- races ---


def races(nodes: Json) -> list[str]:
    return [
        problem.message
        for problem in check(flow(nodes, state={"p": 0, "q": 0}), KNOWN)
        if problem.code == "state-race"
    ]


def test_a_path_between_two_nodes_orders_them() -> None:
    writer, reader = node("say", save={"p": ""}), "{{state.p}}"
    assert races({"a": writer, "b": node("write", template=reader, after=["a"])}) == []
    assert (
        races({"a": writer, "m": node("say", text="@a"), "b": node("write", template=reader, after=["m"])})
        == []
    )
    assert races({"b": node("write", template=reader), "a": node("say", save={"p": ""}, after=["b"])}) == []


def test_readers_dont_race_nor_do_other_places() -> None:
    assert (
        races({"a": node("write", template="{{state.p}}"), "b": node("write", template="{{state.p}}")}) == []
    )
    assert (
        races(
            {
                "a": node("say", save={"p": ""}),
                "b": node("say", save={"q": ""}),
                "c": node("say", save={"pp": ""}),
            }
        )
        == []
    )


def test_each_node_races_with_the_nearest_before_it_and_fixing_all_ends_it() -> None:
    nodes = {f"n{index}": node("say", save={"p": ""}) for index in range(4)}
    made = flow(nodes)
    for _ in range(10):
        found = [problem for problem in check(made, KNOWN) if problem.code == "state-race"]
        if not found:
            break
        assert found[0].fix is not None
        made, _ = apply(made, found[0].fix)
    assert check(made, KNOWN) == []
    assert [made.nodes[name].after for name in nodes] == [[], ["n0"], ["n1"], ["n2"]]


# --- ports ---


def test_ports_grow_from_texts_conditions_and_flows() -> None:
    made = flow(
        {
            "w": node("write", template="{{a}} {{b | default('x')}}", options={"when": "c and a"}),
            "s": node("subtask", flow="fine"),
            "gone": node("nope", text="@w", items=["@w"]),
            "use": node("say", text="@gone.answer"),
        }
    )
    ports = ports_of(made, KNOWN)
    assert [(port.name, port.required) for port in ports["w"].inputs] == [
        ("template", True),
        ("a", True),
        ("b", False),
        ("c", True),
    ]
    assert [port.name for port in ports["s"].inputs] == ["flow", "x"]
    assert [(port.name, port.many) for port in ports["gone"].inputs] == [("text", False), ("items", True)]
    assert [port.name for port in ports["gone"].outputs] == ["answer"]


def test_a_problem_is_a_value() -> None:
    assert check(flow({"a": node("nope")}), KNOWN) == check(flow({"a": node("nope")}), KNOWN)
    assert isinstance(check(flow({}), KNOWN)[0], Problem)

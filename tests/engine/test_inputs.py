"""What reaches a component: values, adapted and copied; finished texts; live things."""

import asyncio
from contextvars import ContextVar
from pathlib import Path
from typing import Any, TypedDict

import pytest
from tests.engine.build import catalog, ends, finished, flow, node

from weft.catalog import ChatModel, Context, Expression, Messages, Secret, Template, component
from weft.catalog.types import PortType
from weft.engine import Services
from weft.model import Flow

GOT: list[Any] = []


@component
async def show(text: str = "", number: float = 0, items: list[str] = [], whole: int = 0) -> str:  # noqa: B006 - never changed
    """Remember what came."""
    GOT.append({"text": text, "number": number, "items": items, "whole": whole})
    return "shown"


@component
async def talk(question: str = "", context: list[Messages] = [], before: Messages = []) -> dict[str, Any]:  # noqa: B006 - never changed
    """What a prompt sees of others."""
    return {"context": context, "before": before}


@component
async def numbers() -> list[int]:
    """Three of them."""
    return [1, 2, 3]


@component
async def texts() -> list[str]:
    """Two of them."""
    return ["x", "y"]


class Asked(TypedDict):
    text: str
    messages: Messages


def test_the_components_here_are_typed_as_meant() -> None:
    assert talk.ports().input("context").type == PortType("list", PortType("messages"))  # type: ignore[union-attr]


async def run(nodes: Any, *more: Any, **top: Any) -> Any:
    GOT.clear()
    kept = {name: top.pop(name) for name in ("services", "model", "inputs_given") if name in top}
    given = kept.pop("inputs_given", None)
    result, events = await finished(
        flow(nodes, **top), catalog(show, talk, numbers, texts, *more), given, **kept
    )
    return result if result.status == "succeeded" else ends(events)


async def test_params_defaults_and_wires() -> None:
    await run({"a": node("say", text="w"), "b": node("show", text="@a", number=1.5, items=["p", "q"])})
    assert GOT == [{"text": "w", "number": 1.5, "items": ["p", "q"], "whole": 0}]


async def test_an_edge_adapts_its_value() -> None:
    await run(
        {
            "n": node("add", a=1),
            "t": node("say", text="7.5"),
            "s": node("show", text="@n", number="@t", items=["@n", "@t"]),
        }
    )
    assert GOT == [{"text": "2", "number": 7.5, "items": ["2", "7.5"], "whole": 0}]


async def test_a_value_that_cant_be_adapted_fails_the_step() -> None:
    assert (await run({"t": node("say", text="seven"), "s": node("show", number="@t")}))[
        "s"
    ] == "failed wrong-type"


async def test_a_list_goes_into_a_list_item_by_item_among_others() -> None:
    await run(
        {
            "l": node("texts"),
            "n": node("numbers"),
            "s": node("show", items=["@l", "@n"]),
            "t": node("show", items="@l", after=["s"]),
        }
    )
    assert [got["items"] for got in GOT] == [["x", "y", "1", "2", "3"], ["x", "y"]]


async def test_a_bare_reference_to_a_port_of_messages() -> None:
    @component
    async def prompt(prompt: str) -> Asked:
        """Text and conversation."""
        return {"text": prompt.upper(), "messages": [{"role": "user", "content": prompt}]}

    nodes = {
        "p": node("prompt", prompt="hi"),
        "s": node("say", text="plain", title="The Source"),
        "t": node("talk", context=["@p", "@s"], before="@p"),
    }
    result = await run(nodes, prompt)
    assert result.values["t"]["output"] == {
        "context": [
            [{"role": "user", "content": "hi"}],
            [{"role": "system", "content": "The Source:\n\nplain"}],
        ],
        "before": [{"role": "user", "content": "hi"}],
    }


async def test_what_a_component_does_to_its_input_reaches_nobody_else() -> None:
    @component
    async def data() -> dict[str, Any]:
        """Nested."""
        return {"list": [1, {"deep": True}]}

    @component
    async def spoil(value: dict[str, Any], more: dict[str, Any]) -> int:
        """Changes what it got."""
        value["list"].append("spoiled")
        value["list"][1]["deep"] = "spoiled"
        more["x"] = "spoiled"
        return len(value["list"])

    nodes = {
        "d": node("data"),
        "s": node("spoil", value="@d", more={"x": 1}),
        "t": node("spoil", value="@d", more={"x": 1}, after=["s"]),
    }
    known = catalog(data, spoil)
    made = flow(nodes)
    for _ in range(2):
        result, _events = await finished(made, known)
        assert result.values["d"] == {"output": {"list": [1, {"deep": True}]}}
        assert (result.values["s"], result.values["t"]) == ({"output": 3}, {"output": 3})
    assert made.nodes["s"].params == {"more": {"x": 1}}


BAD_OUTPUTS = [
    (object(), "gave what can't be passed on: output is an object of type 'object', which is no JSON."),
    (float("nan"), "gave what can't be passed on: output is nan, which is no JSON number."),
    ("half \ud800", "gave what can't be passed on: output has half a character (a lone surrogate) at 5."),
    ({"a": [b"x"]}, "gave what can't be passed on: output['a'][0] is bytes, and JSON has only text."),
]


@pytest.mark.parametrize(("value", "said"), BAD_OUTPUTS)
async def test_what_is_no_plain_json_is_a_bad_output(value: Any, said: str) -> None:
    @component
    async def odd() -> Any:
        """Gives something odd."""
        return value

    result, _ = await finished(flow({"a": node("odd")}), catalog(odd))
    assert result.error is not None
    assert (result.error["code"], result.error["message"]) == ("bad-output", f"The component 'odd' {said}")


async def test_a_result_that_isnt_what_was_declared_is_a_bad_output() -> None:
    @component
    async def odd() -> Asked:
        """Gives half."""
        return {"text": "x"}  # type: ignore[typeddict-item]

    result, _ = await finished(flow({"a": node("odd")}), catalog(odd))
    assert result.error is not None
    assert result.error["message"] == "The component 'odd' gave back Asked without messages."


async def test_plain_values_pass_as_they_are() -> None:
    values = [None, True, 3, 2**80, 1.5, "é", [1, [2]], {"a": {"b": None}}]

    @component
    async def give(n: int) -> Any:
        """One of them."""
        return values[n]

    result, _ = await finished(flow({f"n{n}": node("give", n=n) for n in range(len(values))}), catalog(give))
    assert [result.outputs[f"n{n}"] for n in range(len(values))] == values


# --- written texts ---


@component
async def write(template: Template, other: Template = "fixed {{name | default('?')}}") -> str:
    """Give the finished texts."""
    return f"{template} / {other}"


@component
async def decide(condition: Expression, **values: Any) -> dict[str, Any]:
    """Give the value, and what it was made from."""
    return {"is": condition, "from": values}


async def test_templates_are_finished_before_the_component_sees_them() -> None:
    nodes = {
        "a": node("say", text="{{not scanned}}"),
        "w": node("write", template="{{a}} and {{b | upper}} and {{state.place}}", a="@a", b="param"),
    }
    result = await run(nodes, write, state={"place": "here"})
    assert result.values["w"] == {"output": "{{not scanned}} and PARAM and here / fixed ?"}


async def test_a_wired_template_is_plain_text() -> None:
    result = await run({"a": node("say", text="{{x}}"), "w": node("write", template="@a")}, write)
    assert result.values["w"]["output"].startswith("{{x}} / ")


async def test_a_missing_value_in_a_template_fails_the_step() -> None:
    assert (await run({"w": node("write", template="{{state.gone}}")}, write))["w"] == "failed missing-value"


async def test_expressions_are_evaluated_and_names_reach_those_who_take_any() -> None:
    result = await run(
        {"n": node("add", a=4), "d": node("decide", condition="n > 3 and m == 'x'", n="@n", m="x")}, decide
    )
    assert result.values["d"] == {"output": {"is": True, "from": {"n": 5, "m": "x"}}}


async def test_the_flows_system_text_stands_in() -> None:
    @component
    async def ask(system: str = "own", text: str = "") -> str:
        """Say who you are."""
        return system

    nodes = {"a": node("ask"), "b": node("ask", system="mine"), "c": node("ask", system="@a")}
    result = await run(nodes, ask, defaults={"system": "the flow's"})
    assert {name: value["output"] for name, value in result.values.items()} == {
        "a": "the flow's",
        "b": "mine",
        "c": "the flow's",
    }


# --- live things ---


@component
async def live(
    model: ChatModel,
    key: Secret,
    path: Path,
    headers: dict[str, Any],
    paths: list[Path] = [],  # noqa: B006 - never changed
) -> str:
    """Remember what was made live."""
    GOT.append((model, key, path, headers, paths))
    return "ok"


class Resolving:
    def __init__(self) -> None:
        self.asked: list[tuple[str, Any, str]] = []

    def services(self) -> Services:
        return Services(resolvers={kind: self.resolver(kind) for kind in ("model", "secret", "file")})

    def resolver(self, kind: str) -> Any:
        async def resolve(value: Any, scope: Any) -> str:
            await asyncio.sleep(0)
            self.asked.append((kind, value, scope.path))
            return f"live {kind} {value}"

        return resolve


async def test_live_ports_are_resolved_for_the_step() -> None:
    resolving = Resolving()
    nodes = {
        "t": node("say", text="wired.txt"),
        "a": node(
            "live",
            key={"$secret": "KEY"},
            path={"$file": "a.txt"},
            headers={"Authorization": {"$secret": "TOKEN"}, "plain": ["x", {"$file": "b"}]},
            paths=["@t", "@t"],
        ),
    }
    await run(nodes, live, services=resolving.services())
    assert GOT == [
        (
            "live model None",
            "live secret KEY",
            "live file a.txt",
            {"Authorization": "live secret TOKEN", "plain": ["x", "live file b"]},
            ["live file wired.txt", "live file wired.txt"],
        )
    ]
    assert {path for _, _, path in resolving.asked} == {"a"}


async def test_a_model_is_asked_for_with_what_the_node_says() -> None:
    seen: list[Any] = []

    def model(value: Any, scope: Any) -> str:
        seen.append((value, scope.model, scope.flow_defaults.model, scope.attempt, scope.run_id))
        return "m"

    @component
    async def ask(model: ChatModel) -> str:
        """Uses a model."""
        return str(model)

    services = Services(resolvers={"model": model})
    await finished(
        flow({"a": node("ask", model="openai:x"), "b": node("ask")}, defaults={"model": "flow:m"}),
        catalog(ask),
        services=services,
        model="run:m",
        run_id="r",
    )
    assert seen == [("openai:x", "run:m", "flow:m", 1, "r"), (None, "run:m", "flow:m", 1, "r")]


async def test_what_nothing_can_resolve_fails_the_step() -> None:
    @component
    async def ask(model: ChatModel) -> str:
        """Uses a model."""
        return str(model)

    assert await run({"a": node("ask")}, ask) == {"a": "failed no-resolver"}


async def test_a_file_given_to_the_flow_is_a_path() -> None:
    @component
    async def read(path: Path) -> str:
        """Reads."""
        return str(path)

    services = Resolving().services()
    for given in ("notes.txt", {"$file": "notes.txt"}):
        result = await run(
            {"r": node("read", path="@inputs.f")},
            read,
            inputs={"f": {"type": "file"}},
            inputs_given={"f": given},
            services=services,
        )
        assert result.outputs == {"r": "live file notes.txt"}


# --- the context ---


async def test_a_context_has_a_key_that_stays_the_same_for_the_step() -> None:
    @component
    async def keyed(ctx: Context) -> str:
        """Its key."""
        return ctx.idempotency_key

    made = flow({"a": node("keyed"), "b": node("keyed")})
    one, _ = await finished(made, catalog(keyed), run_id="r1")
    two, _ = await finished(made, catalog(keyed), run_id="r1")
    other, _ = await finished(made, catalog(keyed), run_id="r2")
    assert one.outputs == two.outputs
    assert len({*one.outputs.values(), *other.outputs.values()}) == 4


async def test_text_emitted_from_a_thread_arrives_in_order_and_before_the_end() -> None:
    @component
    def stream(ctx: Context) -> str:
        """Streams from a thread."""
        for piece in ("a", "b", "c"):
            ctx.emit(piece)
        ctx.log("done")
        return "abc"

    _, events = await finished(flow({"s": node("stream")}), catalog(stream))
    assert [event.data.get("text") for event in events if event.path == "s"] == [
        None,
        None,
        "a",
        "b",
        "c",
        None,
    ]


async def test_half_a_character_is_shown_as_one_that_is_missing() -> None:
    @component
    def stream(ctx: Context) -> str:
        """Streams pieces that are cut within a character, as a server may."""
        ctx.emit("half \ud83e")
        return "whole"

    result, events = await finished(flow({"s": node("stream")}), catalog(stream))
    assert [event.data["text"] for event in events if event.kind == "step-output"] == ["half \ufffd"]
    assert result.outputs == {"s": "whole"}


async def test_context_variables_of_a_step_reach_no_other() -> None:
    variable: ContextVar[str] = ContextVar("variable", default="clean")

    @component
    async def leave(text: str = "", wait: bool = False) -> str:
        """Leaves something behind."""
        seen = variable.get()
        variable.set("left")
        if wait:
            await asyncio.sleep(0)
        assert variable.get() == "left"
        return seen

    variable.set("outer")
    nodes = {
        "a": node("leave"),
        "b": node("leave", text="@a", wait=True),
        "c": node("leave", text="@b"),
        "d": node("leave", text="@c", wait=True),
    }
    result, _ = await finished(flow(nodes), catalog(leave))
    assert [value["output"] for value in result.values.values()] == ["outer"] * 4
    assert variable.get() == "outer"


async def test_a_flow_param_is_a_flow() -> None:
    @component
    async def name_of(flow: Flow) -> str:
        """What it is called."""
        return flow.name

    services = Services(resolvers={"flow": lambda value, scope: Flow.model_validate(value)})
    result = await run(
        {"n": node("name_of", flow={"format": 1, "name": "Inner"})}, name_of, services=services
    )
    assert result.outputs == {"n": "Inner"}

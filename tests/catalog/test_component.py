"""Declaring a component: which ports it has, how it is called, what is refused."""

import asyncio
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, TypedDict, cast

import pytest

from weft import ChatModel, Context, Expression, Flow, Messages, Secret, Template, WeftError, component
from weft.catalog import Component, StateView
from weft.model.errors import StepFailed


class Quiet:
    """A context that only remembers."""

    idempotency_key = "key"

    def __init__(self) -> None:
        self.said: list[str] = []
        self.state = StateView()

    def emit(self, text: str) -> None:
        self.said.append(text)

    def log(self, message: str) -> None:
        self.said.append(message)

    async def run(self, flow: Flow, inputs: Any) -> dict[str, Any]:
        return {}


async def call(one: Component, ctx: Any = None, **values: Any) -> dict[str, Any]:
    return await one.call(values, ctx or Quiet())


@component
async def shout(text: Annotated[str, "What to say"], times: int = 1) -> str:
    """Say it louder.

    And more about it.
    """
    return text.upper() * times


def test_the_signature_becomes_ports() -> None:
    assert (shout.name, shout.version, shout.key, shout.title, shout.pure) == (
        "shout",
        1,
        "shout",
        "Shout",
        False,
    )
    assert shout.help == "Say it louder."
    assert [(port.name, str(port.type), port.required, port.default, port.help) for port in shout.inputs] == [
        ("text", "text", True, None, "What to say"),
        ("times", "integer", False, 1, ""),
    ]
    assert [(port.name, str(port.type)) for port in shout.outputs] == [("output", "text")]


async def test_it_is_called_by_port_and_as_a_function() -> None:
    assert await call(shout, text="ho", times=2) == {"output": "HOHO"}
    assert await shout("ho") == "HO"


async def test_a_sync_function_runs_in_a_thread() -> None:
    @component
    def where(ctx: Context) -> str:
        ctx.emit("here")
        return threading.current_thread().name

    quiet = Quiet()
    assert await call(where, quiet) != {"output": threading.current_thread().name}
    assert quiet.said == ["here"]
    assert where.inputs == ()


async def test_the_loop_goes_on_while_a_sync_function_works() -> None:
    released = threading.Event()

    @component
    def wait() -> bool:
        return released.wait(5)

    working = asyncio.create_task(call(wait))
    await asyncio.sleep(0)
    released.set()
    assert await working == {"output": True}


@dataclass
class Both:
    whole: int
    rest: Annotated[float, "What is left"]


class Found(TypedDict):
    text: str
    data: NotRequired[Annotated[dict[str, Any], "If it was JSON"]]


async def test_a_dataclass_gives_one_output_for_each_field() -> None:
    @component
    async def split(number: float) -> Both:
        return Both(int(number), number % 1)

    assert [(port.name, str(port.type), port.help) for port in split.outputs] == [
        ("whole", "integer", ""),
        ("rest", "number", "What is left"),
    ]
    assert await call(split, number=2.5) == {"whole": 2, "rest": 0.5}


async def test_a_typed_dict_may_leave_out_what_is_not_required() -> None:
    @component
    async def find(json: bool) -> Found:
        return {"text": "a", "data": {}} if json else {"text": "a"}

    assert [(port.name, str(port.type), port.help) for port in find.outputs] == [
        ("text", "text", ""),
        ("data", "json", "If it was JSON"),
    ]
    assert await call(find, json=True) == {"text": "a", "data": {}}
    assert await call(find, json=False) == {"text": "a"}


async def test_none_gives_no_output() -> None:
    @component
    async def note(text: str, ctx: Context) -> None:
        ctx.log(text)

    quiet = Quiet()
    assert note.outputs == ()
    assert await call(note, quiet, text="x") == {}
    assert quiet.said == ["x"]


@pytest.mark.parametrize(
    ("annotation", "given", "message"),
    [
        (Both, None, "The component 'give' gave back nothing instead of Both."),
        (Both, {"whole": 1}, "The component 'give' gave back a dict instead of Both."),
        (Found, {}, "The component 'give' gave back Found without text."),
        (
            Found,
            {"text": "", "more": 1},
            "The component 'give' gave back Found with 'more', which it hasn't.",
        ),
        (Found, "text", "The component 'give' gave back a str instead of Found."),
    ],
)
async def test_a_result_that_is_not_as_declared_fails_the_step(
    annotation: Any, given: Any, message: str
) -> None:
    async def give() -> Any:
        return given

    give.__annotations__["return"] = annotation
    with pytest.raises(StepFailed) as failed:
        await call(component(give))
    assert (failed.value.code, failed.value.message) == ("bad-output", message)


def test_choices_lists_models_and_long_texts_are_known_from_the_annotation() -> None:
    @component(ui={"note": {"multiline": True}})
    async def many(
        prompt: Template,
        model: ChatModel,
        key: Secret,
        path: Path,
        flow: Flow,
        when: Expression,
        context: list[Messages],
        method: Literal["GET", "POST"] = "GET",
        note: str = "",
    ) -> str:
        return prompt

    ports = {port.name: port for port in many.inputs}
    assert {name: str(port.type) for name, port in ports.items()} == {
        "prompt": "template",
        "model": "model",
        "key": "secret",
        "path": "file",
        "flow": "flow",
        "when": "expression",
        "context": "list[messages]",
        "method": "text",
        "note": "text",
    }
    assert [name for name, port in ports.items() if not port.required] == ["model", "method", "note"]
    assert [name for name, port in ports.items() if port.many] == ["context"]
    assert [name for name, port in ports.items() if port.multiline] == ["prompt", "note"]
    assert ports["method"].choices == ("GET", "POST")


def test_the_decorators_options_are_kept() -> None:
    @component(name="louder", version=3, pure=True, ui={"title": "Louder!", "color": "#ff0000"})
    async def shout(text: str) -> str:
        return text

    assert (shout.name, shout.key, shout.title, shout.pure, shout.ui["color"]) == (
        "louder", "louder@3", "Louder!", True, "#ff0000",
    )  # fmt: skip


def untyped(text, times: int = 1) -> str:  # type: ignore[no-untyped-def]
    return text * times


def no_return(text: str):  # type: ignore[no-untyped-def]
    return text


def forward(text: "Unknown") -> str:  # type: ignore[name-defined]  # noqa: F821
    return text


def starred(*texts: str) -> str:
    return "".join(texts)


def by_position(text: str, /) -> str:
    return text


def yielding(text: str) -> Iterator[str]:
    yield text


async def yielding_too(text: str) -> Any:
    yield text


def bytes_in(data: bytes) -> str:
    return str(data)


def secret_out(name: str) -> Secret:
    return Secret(name, "")


def path_out(name: str) -> list[Path]:
    return [Path(name)]


def saving(save: str) -> str:
    return save


def stateful(state: dict[str, Any]) -> str:
    return str(state)


def odd_default(text: str = cast(str, object())) -> str:
    return text


@pytest.mark.parametrize(
    ("function", "message"),
    [
        (untyped, "The parameter 'text' of 'untyped' has no type. Write text: str, or whatever it takes."),
        (no_return, "'no_return' has no return annotation. Write what it gives: def no_return(...) -> str."),
        (
            forward,
            "An annotation of 'forward' names 'Unknown', which isn't there when the file is loaded. "
            "Import it at the top of the file, not under TYPE_CHECKING.",
        ),
        (starred, "The parameter 'texts' of 'starred' can't be given by name. Ports are given by name: write a plain parameter."),
        (by_position, "The parameter 'text' of 'by_position' can't be given by name."),
        (yielding, "'yielding' yields. Return the whole, and show pieces with ctx.emit(text)."),
        (yielding_too, "'yielding_too' yields."),
        (bytes_in, "The parameter 'data' of 'bytes_in': bytes is no port type; use str, int, float"),
        (secret_out, "What 'secret_out' returns: the output 'output' can't be secret; outputs are plain"),
        (path_out, "What 'path_out' returns: the output 'output' can't be file; outputs are plain"),
        (saving, "The parameter 'save' of 'saving' has a name that is kept for Weft. Rename it."),
        (stateful, "The parameter 'state' of 'stateful' has a name that is kept for Weft. Rename it."),
        (odd_default, "The default of the parameter 'text' of 'odd_default' is no plain JSON"),
        (int, "<class 'int'> is no function. Put @component above a function."),
    ],
)  # fmt: skip
def test_what_can_not_be_a_component_is_refused_by_name(function: Callable[..., Any], message: str) -> None:
    with pytest.raises(WeftError) as refused:
        component(function)
    assert refused.value.code == "bad-component"
    assert str(refused.value).startswith(message)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"name": "Shout!"}, "A component can't be called 'Shout!'."),
        ({"version": 0}, "The version of 'plain' must be 1 or more, not 0."),
        ({"ui": {"textt": {"multiline": True}}}, "The ui of 'plain' names 'textt', which is no parameter."),
        ({"ui": {"text": True}}, "The ui of 'plain' names 'text', which is no parameter."),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, Any], message: str) -> None:
    async def plain(text: str) -> str:
        return text

    with pytest.raises(WeftError) as refused:
        component(**options)(plain)
    assert refused.value.message == message


def test_a_secret_shows_its_name_and_never_its_value() -> None:
    import copy
    import pickle

    secret = Secret("API_KEY", "sk-very-secret")
    for shown in (
        repr(secret),
        str(secret),
        f"{secret}",
        f"{secret!r}",
        str([secret]),
    ):
        assert "very-secret" not in shown
    assert secret.reveal() == "sk-very-secret"
    for copied in (pickle.dumps, copy.copy, copy.deepcopy):
        with pytest.raises(TypeError, match="can't be copied or stored"):
            copied(secret)
    assert not hasattr(secret, "__dict__")

"""The `python` component: what it computes, and that its sandbox keeps its bounds."""

import asyncio
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.components.conftest import Alone

from weft import WeftError, component
from weft.catalog import Component
from weft.engine.check import check
from weft.model import from_json
from weft.testing import run_flow
from weft.workspace import Workspace
from weft.workspace.settings import switched


@pytest.fixture
def python(stock: Callable[[str], Component]) -> Component:
    return stock("python")


async def run(python: Component, code: str, **values: Any) -> dict[str, Any]:
    return await python.call({"code": code, "names": list(values), **values}, Alone())


async def test_the_last_line_is_the_output(python: Component) -> None:
    code = "import json\nprint('seen', len(rows))\nsorted({row['a'] for row in rows})[::-1]"
    found = await run(python, code, rows=[{"a": 1}, {"a": 3}, {"a": 1}])
    assert found == {"output": [3, 1], "printed": "seen 3\n"}
    assert (await run(python, "(1, {2: 'a'}, None)"))["output"] == [1, {"2": "a"}, None]
    assert (await run(python, "x = 1"))["output"] is None


async def test_names_are_inputs_of_a_flow() -> None:
    node = {"component": "python", "params": {"code": "a + b", "names": ["a", "b"], "a": 2, "b": 3}}
    assert (await run_flow({"format": 1, "nodes": {"sum": node}})).values["sum"]["output"] == 5


@pytest.mark.parametrize(
    ("names", "said"),
    [
        (["1x"], "'1x' can't be a name"),
        (["class"], "'class' can't be a name"),
        (["a", "a"], "The name 'a' is taken."),
        (["code"], "The name 'code' is taken."),
    ],
)
def test_a_name_that_is_none_is_told_beforehand(python: Component, names: list[str], said: str) -> None:
    [fault] = python.ports({"names": names}).faults
    assert said in fault.message


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("x = 1\n1 / 0", "Line 2: ZeroDivisionError: division by zero."),
        ("a b", "Line 1: "),
        ("missing", "Line 1: NameError"),
        ("{1, 2}", "no JSON"),
        ("float('nan')", "no JSON"),
        ("import datetime\ndatetime.datetime.now()", "no JSON"),
        # what it may not reach
        ("import os\nos.environ['PATH']", "not supported"),
        ("import os\nos.getenv('WEFT_SECRET_X')", "not supported"),
        ("open('/etc/passwd').read()", "Permission denied"),
        ("from pathlib import Path\nPath('/etc/hostname').read_text()", "Permission denied"),
        ("from pathlib import Path\nlist(Path('/').iterdir())", "Permission denied"),
        ("open('x', 'w').write('x')", "Permission denied"),
        ("import socket", "No module named 'socket'"),
        ("import subprocess", "No module named 'subprocess'"),
        ("import ctypes", "No module named 'ctypes'"),
        ("import weft", "No module named 'weft'"),
        ("().__class__.__bases__[0].__subclasses__()", "AttributeError"),
        ("__import__('os').system('id')", "Line 1: "),
        ("python", "NameError"),
        # its bounds
        ("len('a' * (200 * 2**20))", "more than 128 MB"),
        ("x = []\nwhile True: x.append('a' * 1_000_000)", "more than 128 MB"),
        ("2 ** (10 ** 9)", "more than 128 MB"),
        ("def f(): return f()\nf()", "recursion"),
        ("'a' * 5_000_001", "more than 5,000,000 characters"),
        ("x = [1]\nfor i in range(100_000): x = [x]\nx", "nested more than 150 deep"),
    ],
)
async def test_what_goes_wrong_is_said_with_its_line(python: Component, code: str, said: str) -> None:
    with pytest.raises(WeftError) as failed:
        await run(python, code)
    assert said in failed.value.message
    assert (failed.value.code, failed.value.retryable) == ("code-failed", False)
    assert failed.value.hint


@pytest.mark.parametrize("code", ["while True: pass", "while True: print('x' * 1000)"])
async def test_it_takes_no_longer_than_it_may(
    python: Component, code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(python.function.__globals__, "SECONDS", 0.2)
    with pytest.raises(WeftError, match=r"more than (0\.2 s|128 MB)"):
        await run(python, code)


async def test_a_sleep_takes_no_time(python: Component) -> None:
    assert (await run(python, "import time\ntime.sleep(3600)\n1"))["output"] == 1


def sandboxes() -> dict[int, bytes]:
    """The environments of the sandboxes that this process runs, by their process."""
    found: dict[int, bytes] = {}
    for entry in Path("/proc").iterdir():
        if not entry.name.isdigit():
            continue
        try:
            parent = (entry / "stat").read_text().rsplit(")", 1)[1].split()[1]
            if parent == str(os.getpid()) and b"monty" in (entry / "cmdline").read_bytes():
                found[int(entry.name)] = (entry / "environ").read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
    return found


async def until(condition: Callable[[], bool]) -> None:
    async with asyncio.timeout(10):
        while not condition():  # noqa: ASYNC110 - processes come and go without a word
            await asyncio.sleep(0.01)


async def test_its_process_has_no_environment_and_ends_with_the_step(python: Component) -> None:
    running = asyncio.create_task(run(python, "while True: pass"))
    await until(lambda: any(sandboxes()))
    assert set(sandboxes().values()) == {b""}
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running
    await until(lambda: not sandboxes())


# --- off, until it is enabled ----------------------------------------------------------------------------------------

FLOW = {"format": 1, "nodes": {"a": {"component": "python", "params": {"code": "1 + 1"}}}}


async def outcome(home: Path) -> Any:
    workspace = Workspace.open(home)
    try:
        found = [problem.message for problem in check(from_json(FLOW), workspace.catalog)]
        runs = workspace.runs()
        return found, await runs.result(await runs.start(from_json(FLOW), {}))
    finally:
        await workspace.close()


@pytest.mark.parametrize("text", ["", "[python]\nenabled = false\n", '[python]\nenabled = "yes"\n', "[[["])
async def test_it_is_off_until_the_operator_enables_it(tmp_path: Path, text: str) -> None:
    (tmp_path / "weft.toml").write_text(text)
    catalog = Workspace.open(tmp_path).catalog
    [problem] = check(from_json(FLOW), catalog)
    assert "Python is off in this workspace." in problem.message
    assert "[python] enabled = true" in problem.message + problem.hint
    off = catalog.get("python")
    assert off is not None
    with pytest.raises(WeftError, match="Python is off") as failed:
        await off.call({"code": "1"}, Alone())
    assert failed.value.code == "python-off"


async def test_a_sandbox_that_is_not_installed_is_a_problem_of_the_flow(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "weft.toml").write_text("[python]\nenabled = true\n")
    monkeypatch.setattr(switched, "SANDBOX", "no_such_sandbox")
    [problem] = check(from_json(FLOW), Workspace.open(tmp_path).catalog)
    assert "The sandbox for Python isn't installed." in problem.message
    assert 'pip install "weft[python]"' in problem.message


async def test_it_runs_where_the_operator_enables_it(tmp_path: Path) -> None:
    (tmp_path / "weft.toml").write_text("[python]\nenabled = true\n")
    problems, result = await outcome(tmp_path)
    assert problems == []
    assert result.values["a"] == {"output": 2, "printed": ""}


def with_tools(code: str, *tools: Any, **params: Any) -> dict[str, Any]:
    return {
        "format": 1,
        "nodes": {"it": {"component": "python", "params": {"code": code, "tools": [*tools], **params}}},
    }


@component
async def stock(item: str, shop: str = "here") -> int:
    """How many there are."""
    if item == "tea":
        raise ValueError("there is no tea")
    return len(item)


async def test_its_tools_are_functions_and_their_calls_steps_of_the_run() -> None:
    code = "sum([await stock(one) for one in ['pen', 'ink']]) + await stock(item='cup', shop='there')"
    result = await run_flow(with_tools(code, "stock"), components=[stock])
    assert result.error is None, result.error
    assert result.outputs == {"it": 9}
    assert [path.partition("_")[0] for path in result.values if "/" in path] == [
        f"it[{n}]/stock" for n in range(3)
    ]
    caught = "try:\n    await stock('tea')\nexcept RuntimeError as error:\n    said = str(error)\nsaid"
    assert (
        "there is no tea" in (await run_flow(with_tools(caught, "stock"), components=[stock])).outputs["it"]
    )


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("await stock(7)", "the arguments of stock don't fit: item: 7 is not of type 'string'"),
        ("await stock('a', 'b', 'c')", "takes 2 arguments, not 3"),
        ("await stock(thing='a')", "don't fit"),
        ("for one in ['a', 'b', 'c']:\n    await stock(one)", "no more than 2 calls"),
        ("await math('1 + 1')", "NameError"),
    ],
)
async def test_a_call_that_can_not_be_is_an_exception_in_the_code(code: str, said: str) -> None:
    result = await run_flow(with_tools(code, "stock", calls=2), components=[stock])
    assert result.error is not None
    assert (result.error["code"], said in result.error["message"]) == ("code-failed", True), result.error


async def test_a_person_is_asked_before_a_call_of_the_code() -> None:
    tool = {"component": "stock", "ask": True}
    for answer, given in ((True, 3), ({"approved": True, "value": {"item": "pencil"}}, 6), (False, None)):
        result = await run_flow(
            with_tools("await stock('pen')", tool), components=[stock], answers={"it": [answer]}
        )
        assert result.outputs.get("it") == given
        assert ("declined" in str(result.error)) is (given is None)

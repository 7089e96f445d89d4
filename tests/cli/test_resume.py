"""`weft resume`: a run goes on from what is recorded of it, here or wherever it is answered."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.cli.conftest import Weft
from tests.cli.test_processes import read_until, start

Make = Callable[..., Path]
NOTES = '''
from pathlib import Path
from weft import component

@component
def notes(text: str) -> str:
    """Writes down that it was here."""
    with open("notes.txt", "a") as file:
        file.write("x")
    return text + "!"
'''
HELD = '''
import asyncio
from pathlib import Path
from weft import Context, component

@component
async def held(ctx: Context, text: str) -> str:
    """Waits until it is let through."""
    while not Path("open").exists():
        await asyncio.sleep(0.01)
    return text
'''


@pytest.fixture
def left(
    here: Path, flow_file: Make, weft: Weft, no_run_is_nobodys: list[str]
) -> Iterator[Callable[..., str]]:
    """A run whose process was killed over its second step; its id. It is left behind on purpose."""
    (here / "components").mkdir()
    (here / "components" / "notes.py").write_text(NOTES)
    (here / "components" / "held.py").write_text(HELD)

    def make(**nodes: Any) -> str:
        flow_file(
            "tea",
            nodes={
                "a": {"component": "notes", "params": {"text": "Hi"}},
                "b": {"component": "held", "inputs": {"text": "a"}},
                **nodes,
            },
            outputs={"said": "c" if nodes else "b"},
        )
        with start("run", "tea") as process:
            read_until(process, "b: started")
            process.kill()
            process.communicate()
        return json.loads(weft("runs", "--json", "--limit", "1").stdout)["id"]

    yield make
    no_run_is_nobodys.clear()


def test_a_run_left_behind_goes_on_and_does_nothing_twice(
    weft: Weft, here: Path, left: Callable[..., str]
) -> None:
    run = left()
    (here / "open").touch()
    done = weft("resume", run[:12])
    assert (done.exit_code, done.stdout) == (0, "Hi!\n")
    assert (here / "notes.txt").read_text() == "x"
    assert json.loads(weft("runs", "--json").stdout)["id"] == run
    again = weft("resume", run)
    assert again.exit_code == 2
    assert "nothing of it is left to do" in again.stderr


def test_its_events_are_told_as_one_log(weft: Weft, here: Path, left: Callable[..., str]) -> None:
    run = left()
    (here / "open").touch()
    told = [json.loads(line) for line in weft("resume", run, "--json").stdout.splitlines()]
    assert [one["seq"] for one in told] == list(range(1, len(told) + 1))
    assert {one["run"] for one in told} == {run}
    assert [one["kind"] for one in told].count("run-resumed") == 1
    assert [one["path"] for one in told if one["kind"] == "step-finished"] == ["a", "b"]


def test_with_nobody_there_it_is_left_waiting_answered_and_gone_on_with(
    weft: Weft, here: Path, left: Callable[..., str]
) -> None:
    run = left(c={"component": "ask", "params": {"question": "Send it?"}, "inputs": {"value": "b"}})
    (here / "open").touch()
    waiting = weft("resume", run)
    assert waiting.exit_code == 4
    assert "c asks: Send it?" in waiting.stderr
    assert f"weft answer {run} c" in waiting.stderr
    listed = weft("runs")
    assert "waiting" in listed.stdout
    assert "c asks: Send it?" in listed.stdout
    assert weft("resume", run).exit_code == 4
    answered = weft("answer", run, "yes")
    assert answered.stderr == f"c: answered.\n'weft resume {run}' goes on with the run.\n"
    done = weft("resume", run)
    assert (done.exit_code, done.stdout) == (0, "Hi!\n")
    assert (here / "notes.txt").read_text() == "x"


def test_one_that_was_cancelled_is_done_again_from_what_it_gave(
    weft: Weft, here: Path, left: Callable[..., str]
) -> None:
    run = left()
    assert weft("cancel", run).exit_code == 0
    (here / "open").touch()
    done = weft("resume", run, "-o", "said.txt")
    assert done.exit_code == 0
    assert f"The run {run} is over: what it gave is taken over by the run" in done.stderr
    assert (here / "said.txt").read_text().strip() == "Hi!"
    assert (here / "notes.txt").read_text() == "x"
    assert [json.loads(line)["status"] for line in weft("runs", "--json").stdout.splitlines()] == [
        "succeeded",
        "cancelled",
    ]


def test_what_is_not_there_is_refused(weft: Weft, here: Path) -> None:
    assert "There is no run 'x' here." in weft("resume", "x").stderr
    assert not (here / ".weft").exists()

"""`weft run` of a flow that asks, on a terminal and without one; `weft answer`; sessions."""

import json
import os
import pty
import select
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

FlowFile = Callable[..., Path]


def ask(question: str, *, value: Any = None, after: Any = (), **params: Any) -> dict[str, Any]:
    inputs = {"value": value} if value else {}
    return {
        "component": "ask",
        "params": {"question": question, **params},
        "inputs": inputs,
        "after": [*after],
    }


NODES = {
    "review": ask("Send it?", value="inputs.text"),
    "words": ask("Better words?", kind="edit", value="review"),
    "whom": ask("To whom?", kind="choose", choices=["Ada", {"group": "all"}], after=["words"]),
    "form": ask(
        "Details", kind="form", fields={"amount": "number", "note": {"default": "none"}}, after=["whom"]
    ),
}
INPUTS = {"text": {"default": "Hello"}}
OUTPUTS = {"words": "words", "whom": "whom", "form": "form"}


@pytest.fixture
def letter(flow_file: FlowFile) -> None:
    flow_file("letter", inputs=INPUTS, nodes=NODES, outputs=OUTPUTS)


# --- without a terminal ---


def test_without_a_terminal_the_run_ends_and_says_how_to_answer(weft, letter: None) -> None:
    ended = weft("run", "letter")
    assert ended.exit_code == 4
    assert "review asks: Send it?" in ended.stderr
    assert "error: The run asks a person, and nobody is here to answer; it was cancelled." in ended.stderr
    assert "weft run letter --answer review=yes" in ended.stderr
    assert ended.stdout == ""
    assert json.loads(weft("runs", "--json").stdout)["status"] == "cancelled"


def test_answers_given_beforehand(weft, letter: None) -> None:
    answers = ["review=yes", "words=Hi", 'whom={"group": "all"}', 'form={"amount": "3"}']
    ended = weft("run", "letter", *(word for one in answers for word in ("--answer", one)))
    assert ended.exit_code == 0, ended.stderr
    assert "review: answered beforehand" in ended.stderr
    assert '"amount": 3' in ended.stdout
    assert '"group": "all"' in ended.stdout


BAD = {
    "yes": "error: The answer 'yes' isn't PATH=VALUE.",
    "=yes": "error: The answer '=yes' isn't PATH=VALUE.",
    "reviw=yes": "there is an answer for 'reviw'",
    "review=perhaps": "the answer given beforehand for 'review' can't be taken.",
}


@pytest.mark.parametrize("answer", BAD)
def test_bad_answers(weft, letter: None, answer: str) -> None:
    others = ["words=Hi", "whom=Ada", "form={}"] if answer == "review=perhaps" else []
    ended = weft("run", "letter", *(word for one in (answer, *others) for word in ("--answer", one)))
    assert ended.exit_code == (1 if others else 2)
    assert BAD[answer].lower() in ended.stderr.lower()


def test_a_question_that_answers_itself_is_waited_for(weft, flow_file: FlowFile) -> None:
    flow_file("late", nodes={"a": ask("Well?", value=None, answer_within=0.05, default=True)})
    ended = weft("run", "late")
    assert ended.exit_code == 0
    assert "a: nobody answered in time: the default is taken" in ended.stderr
    assert ended.stdout == "Well?\n"


# --- on a terminal ---


class Terminal:
    """`weft` on a terminal of its own, as a person has it: read until a text, type a line."""

    def __init__(self, *args: str) -> None:
        self._handle, inner = pty.openpty()
        environment = {**os.environ, "TERM": "xterm", "NO_COLOR": "1", "COLUMNS": "100", "LINES": "40"}
        self.process = subprocess.Popen(
            [sys.executable, "-m", "weft", *args],
            stdin=inner,
            stdout=subprocess.PIPE,
            stderr=inner,
            text=True,
            env=environment,
            start_new_session=True,
        )
        os.close(inner)
        self.seen = ""
        self._from = 0

    def until(self, text: str) -> None:
        while text not in self.seen[self._from :]:
            ready, _, _ = select.select([self._handle], [], [], 20)
            assert ready, f"{text!r} never came: {self.seen[-2000:]}"
            try:
                self.seen += os.read(self._handle, 65536).decode()
            except OSError:  # the other side is closed
                raise AssertionError(f"{text!r} never came: {self.seen[-2000:]}") from None
        self._from = self.seen.index(text, self._from) + len(text)

    def type(self, line: str) -> None:
        os.write(self._handle, f"{line}\n".encode())

    def vanish(self) -> None:
        """The window is closed."""
        os.close(self._handle)
        assert self.process.stdout is not None
        self.process.stdout.close()

    def end(self) -> tuple[int, str]:
        out, _ = self.process.communicate(timeout=60)
        os.close(self._handle)
        return self.process.returncode, out


def test_a_person_at_the_terminal_is_asked(here: Path, letter: None) -> None:
    weft = Terminal("run", "letter")
    weft.until("Send it?")
    weft.until("Hello")
    weft.until("Approve? [y/n")
    weft.type("perhaps")
    weft.until("Approve? [y/n")
    weft.type("y go ahead")
    weft.until("Better words?")
    weft.until("anything else takes its place:")
    weft.type("Hi there")
    weft.until("To whom?")
    weft.until("Which? [1-2]")
    weft.type("7")
    weft.until("Which? [1-2]")
    weft.type("2")
    weft.until("amount: number")
    weft.type("a lot")
    weft.until("note: text [none]")
    weft.type("")
    weft.until("it must be a number, not 'a lot'")
    weft.until("amount: number")
    weft.type("12")
    weft.until("note: text [none]")
    weft.type("soon")
    code, out = weft.end()
    assert code == 0
    assert "Hi there" in out
    assert '"group": "all"' in out
    assert '"note": "soon"' in out


def test_an_editor_opens_for_a_value(
    here: Path, flow_file: FlowFile, monkeypatch: pytest.MonkeyPatch
) -> None:
    editor = here / "editor.sh"
    editor.write_text('#!/bin/sh\necho "and more" >> "$1"\n')
    editor.chmod(0o755)
    monkeypatch.setenv("EDITOR", str(editor))
    monkeypatch.delenv("VISUAL", raising=False)
    flow_file("one", nodes={"a": ask("Better?", kind="edit", value="inputs.text")}, inputs=INPUTS)
    weft = Terminal("run", "one")
    weft.until("opens an editor")
    weft.type("!")
    assert weft.end() == (0, "Helloand more\n")


def test_the_end_of_the_input_is_nobody_there(here: Path, letter: None) -> None:
    weft = Terminal("run", "letter")
    weft.until("Approve? [y/n")
    weft.type("\x04")
    weft.until("nobody is here to answer")
    assert weft.end() == (4, "")


def test_a_terminal_that_goes_away_is_nobody_there(weft, letter: None) -> None:
    person = Terminal("run", "letter")
    person.until("Approve? [y/n")
    person.vanish()
    assert person.process.wait(20) in (1, 4)
    assert json.loads(weft("runs", "--json").stdout)["status"] == "cancelled"


def test_ctrl_c_at_a_question_cancels_the_run(here: Path, letter: None) -> None:
    weft = Terminal("run", "letter")
    weft.until("Approve? [y/n")
    os.kill(weft.process.pid, signal.SIGINT)
    assert weft.end() == (130, "")


def test_a_question_that_is_over_is_no_longer_asked(here: Path, flow_file: FlowFile) -> None:
    flow_file("late", nodes={"a": ask("Well?", value=None, answer_within=0.5, default=True)})
    weft = Terminal("run", "late")
    weft.until("within 0.5 s")
    weft.until("a: no longer asked.")
    assert weft.end() == (0, "Well?\n")


# --- from elsewhere ---


def test_a_run_of_another_terminal_is_answered_from_here(weft, letter: None) -> None:
    person = Terminal("run", "letter")
    person.until("Approve? [y/n")
    run = json.loads(weft("runs", "--json", "--status", "waiting").stdout)["id"]
    listed = weft("answer", run)
    assert "review: Send it?" in listed.stdout
    assert f"weft answer {run} review yes" in listed.stdout
    assert "review: Send it?" in weft("runs", "show", run).stdout
    assert weft("answer", run, "perhaps").exit_code == 2
    other = weft("answer", run, "review", "yes", "--question", "999")
    assert (other.exit_code, "asks something else now" in other.stderr) == (2, True)
    elsewhere = weft(*listed.stdout.split("weft ")[-1].split())
    assert (elsewhere.exit_code, elsewhere.stderr) == (0, "review: answered.\n")
    person.until("review: no longer asked.")
    assert "An answer is one value." in weft("answer", run, "a", "b", "c").stderr
    os.kill(person.process.pid, signal.SIGINT)
    assert person.end()[0] == 130


def test_a_run_of_a_server_is_answered_from_another_terminal(weft, here: Path, letter: None) -> None:
    words = [sys.executable, "-m", "weft", "serve", "--no-ui", "--port", "0"]
    token = {"WEFT_TOKEN": "x" * 40}
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True, env={**os.environ, **token}) as serving:
        assert serving.stdout is not None
        address = next(line.strip() for line in serving.stdout if line.strip().startswith("http"))
        headers = {"Authorization": f"Bearer {token['WEFT_TOKEN']}"}
        with httpx.Client(base_url=address, headers=headers, timeout=30) as client:
            run: str = client.post("/runs", json={"flow": "letter"}).json()["id"]
            with client.stream("GET", f"/runs/{run}/events") as stream:
                lines = stream.iter_lines()
                next(line for line in lines if '"step-paused"' in line)
                bad = weft("answer", run, "perhaps")
                assert (bad.exit_code, bad.stderr.splitlines()[0][:40]) == (
                    2,
                    "error: The answer must be true or false,",
                )
                answered = weft("answer", run[:10], "yes")
                assert (answered.exit_code, answered.stderr) == (0, "review: answered.\n")
                next(line for line in lines if '"step-paused"' in line and '"words"' in line)
                assert weft("answer", run, "words", "Hi").exit_code == 0
                again = weft("answer", run, "words", "Ho")
                assert again.exit_code == 2
                assert "is closed" in again.stderr
        serving.send_signal(signal.SIGTERM)
        assert serving.wait(20) == 0


def test_a_run_of_nobody_is_explained(weft, letter: None) -> None:
    weft("run", "letter")
    run = json.loads(weft("runs", "--json").stdout)["id"]
    over = weft("answer", run, "yes")
    assert (over.exit_code, over.stderr) == (2, f"error: The run {run} is over: nobody is asked any more.\n")
    assert "There is no run 'zzz'" in weft("answer", "zzz", "yes").stderr


# --- sessions ---

COUNT = '''
from weft import Context, component


@component
async def count(ctx: Context) -> int:
    """Count the runs."""
    ctx.state.set("total", ctx.state.get("total", 0) + 1)
    ctx.state.set("model_record", {"sums": [{"model": "demo", "tried": 4, "score": 0.625}, "rubbish"]})
    return ctx.state.get("total")
'''


def test_a_session_goes_on_and_is_listed_shown_and_forgotten(weft, here: Path, flow_file: FlowFile) -> None:
    (here / "components").mkdir()
    (here / "components" / "count.py").write_text(COUNT)
    flow_file("agent", nodes={"n": {"component": "count"}})
    assert "No sessions here yet" in weft("sessions").stderr
    assert [weft("run", "agent", "--session", "main").stdout for _ in range(3)] == ["1\n", "2\n", "3\n"]
    assert weft("run", "agent").stdout == "1\n"
    (line,) = [line for line in weft("sessions").stdout.splitlines() if line.startswith("agent")]
    assert line.split()[:3] == ["agent", "main", "3"]
    shown = json.loads(weft("sessions", "show", "agent", "main", "--json").stdout)
    assert (shown["runs"], shown["state"]["total"], shown["previous"]) == (3, 3, {"n": {"output": 3}})
    told = weft("sessions", "show", "flows/agent.json", "main").stdout
    assert "total: 3" in told
    assert "  kind  model  tried  score\n  sums  demo   4      0.62\n" in told
    forgotten = weft("sessions", "forget", "agent", "main", "--models")
    assert forgotten.stderr == "What it has learnt of models is forgotten.\n"
    shown = json.loads(weft("sessions", "show", "agent", "main", "--json").stdout)
    assert (shown["runs"], shown["state"]) == (3, {"total": 3})
    assert weft("sessions", "forget", "agent", "main").exit_code == 0
    gone = weft("sessions", "forget", "agent", "main")
    assert (gone.exit_code, gone.stderr.splitlines()[0]) == (2, "error: 'agent' has no session 'main'.")
    assert weft("run", "agent", "--session", "main").stdout == "1\n"


def test_a_bad_name_of_a_session(weft, letter: None) -> None:
    refused = weft("run", "letter", "--session", "a/b")
    assert refused.exit_code == 2
    assert "error: A session can't be called 'a/b'." in refused.stderr

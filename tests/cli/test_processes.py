"""`weft` as a process: signals, pipes, terminals, a model server that isn't there."""

import json
import os
import pty
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from tests.fakes.openai_server import FakeOpenAI, Reply

WAITS = """
import asyncio
from weft import Context, component

@component
async def wait(ctx: Context) -> str:
    \"""Wait for ever.\"""
    ctx.emit("waiting")
    await asyncio.Event().wait()
    return ""
"""
STUBBORN = """
import threading
from weft import component

@component
def wait() -> str:
    \"""Wait for ever, deaf to being cancelled.\"""
    threading.Event().wait()
    return ""
"""
GREET = {"outputs": {"x": "a"}, "nodes": {"a": {"component": "text", "params": {"template": "Hi"}}}}


def start(*args: str, **options: object) -> subprocess.Popen[str]:
    pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, "stdin": subprocess.DEVNULL}
    return subprocess.Popen([sys.executable, "-m", "weft", *args], text=True, **{**pipes, **options})  # type: ignore[call-overload]


def read_until(process: subprocess.Popen[str], text: str) -> None:
    assert process.stderr is not None
    for line in process.stderr:
        if text in line:
            return
    raise AssertionError(f"{text!r} never came; it ended with {process.wait()}")


@pytest.fixture
def waiting(here: Path, flow_file: Callable[..., Path]) -> Callable[[str], None]:
    """A flow `slow` with a step that doesn't end by itself."""

    def make(component: str) -> None:
        (here / "components").mkdir()
        (here / "components" / "wait.py").write_text(component)
        flow_file("slow", nodes={"wait": {"component": "wait"}})

    return make


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_cancels_the_run_and_it_is_recorded_so(weft, waiting, number: signal.Signals, code: int):
    waiting(WAITS)
    with start("run", "slow") as process:
        read_until(process, "wait: started")
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
    assert process.returncode == code
    assert out == ""
    assert "Cancelling the run; Ctrl-C again leaves at once.\n" in err
    assert "wait: cancelled" in err
    assert "Run cancelled" in err
    assert "Traceback" not in err
    listed = [json.loads(line) for line in weft("runs", "--json").stdout.splitlines()]
    assert [run["status"] for run in listed] == ["cancelled"]
    shown = json.loads(weft("runs", "show", listed[0]["id"], "--json").stdout)
    assert shown["steps"]["wait"]["status"] == "cancelled"


def test_a_second_ctrl_c_leaves_at_once(waiting):
    waiting(STUBBORN)
    with start("run", "slow") as process:
        read_until(process, "wait: started")
        process.send_signal(signal.SIGINT)
        read_until(process, "Cancelling the run")
        process.send_signal(signal.SIGINT)
        process.communicate(timeout=60)
    assert process.returncode == 130


def test_events_end_whole_when_interrupted(waiting):
    waiting(WAITS)
    with start("run", "slow", "--json") as process:
        assert process.stdout is not None
        told = []
        for line in process.stdout:
            told.append(json.loads(line))
            if told[-1]["kind"] == "step-started":
                process.send_signal(signal.SIGINT)
    assert process.returncode == 130
    assert told[-1]["kind"] == "run-finished"
    assert told[-1]["status"] == "cancelled"


def test_a_reader_that_leaves_ends_the_run_without_a_word(weft, waiting):
    waiting(WAITS)
    with start("run", "slow", "--json") as process:
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        process.send_signal(signal.SIGTERM)
        assert process.stderr is not None
        err = process.stderr.read()
    assert process.returncode in (141, 143)
    assert "Traceback" not in err
    assert "Exception" not in err
    assert '"cancelled"' in weft("runs", "--json").stdout


def test_a_list_cut_short_by_its_reader_is_no_mistake(here: Path):
    read, write = os.pipe()
    os.close(read)
    with start("components", stdout=write) as process:
        os.close(write)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (141, "")


def test_a_full_disk_is_a_sentence(here: Path):
    with open("/dev/full", "w") as full, start("components", stdout=full) as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 1
    assert err.startswith("error: The system refused: No space left on device.\n")


def test_a_model_server_that_isn_t_there_fails_the_run_within_a_minute(flow_file, monkeypatch):
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    monkeypatch.setenv("OPENAI_BASE_URL", f"http://127.0.0.1:{port}/v1")
    flow_file("asks", nodes={"ask": {"component": "prompt", "params": {"prompt": "Hi"}}})
    began = time.monotonic()
    with start("run", "asks", "--model", "openai:any") as process:
        _, err = process.communicate(timeout=60)
    assert time.monotonic() - began < 60
    assert process.returncode == 1
    assert "Model: openai:any.\n" in err
    assert "ask: trying again in " in err
    assert "\nerror: ask: " in err
    assert f"127.0.0.1:{port}" in err
    assert "Traceback" not in err


def test_a_model_s_answer_streams_through(weft, flow_file, fake_openai: FakeOpenAI):
    flow_file(
        "asks", outputs={"a": "ask"}, nodes={"ask": {"component": "prompt", "params": {"prompt": "Why?"}}}
    )
    fake_openai.will("Because the moon pulls.")
    with start("run", "asks", "--model", "openai:some-model", "--json") as process:
        out, err = process.communicate(timeout=60)
    told = [json.loads(line) for line in out.splitlines()]
    assert (process.returncode, err) == (0, "Model: openai:some-model.\n")
    assert (
        "".join(event["text"] for event in told if event["kind"] == "step-output")
        == "Because the moon pulls."
    )
    assert told[-1]["outputs"] == {"a": "Because the moon pulls."}
    assert told[-1]["usage"]["calls"] == 1
    assert weft("runs").stdout.splitlines()[1].split()[1:3] == ["asks", "succeeded"]


def test_ctrl_c_while_a_model_thinks(weft, flow_file, fake_openai: FakeOpenAI):
    flow_file("asks", nodes={"ask": {"component": "prompt", "params": {"prompt": "Why?"}}})
    fake_openai.will(Reply("For ever", hang="headers"))
    with start("run", "asks", "--model", "openai:some-model") as process:
        fake_openai.wait_for_requests(1)
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "ask: cancelled" in err
    assert "Traceback" not in err
    fake_openai.wait_until_idle()


def on_a_terminal(*args: str, env: dict[str, str] | None = None) -> tuple[int, str]:
    """Exit code, and all that was written to a terminal of 80 columns."""
    ours, theirs = pty.openpty()
    environment = {**os.environ, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24", **(env or {})}
    process = subprocess.Popen(
        [sys.executable, "-m", "weft", *args], stdin=theirs, stdout=theirs, stderr=theirs, env=environment
    )
    os.close(theirs)
    seen = b""
    while True:
        try:
            chunk = os.read(ours, 65536)
        except OSError:  # Linux says so when the other side is closed
            break
        if not chunk:
            break
        seen += chunk
    os.close(ours)
    return process.wait(), seen.decode()


def test_on_a_terminal_a_table_is_drawn_and_then_the_outputs(flow_file):
    flow_file("greet", **GREET)
    code, seen = on_a_terminal("run", "greet")
    assert code == 0
    assert "greet · run " in seen
    for column in ("step", "status", "text", "tokens", "time"):
        assert column in seen
    assert "succeeded" in seen
    assert seen.rstrip().endswith("Hi")
    assert "\x1b[?25h" in seen  # the cursor is back


def test_no_color_is_honoured(here: Path):
    _, coloured = on_a_terminal("run", "nowhere")
    _, plain = on_a_terminal("run", "nowhere", env={"NO_COLOR": "1"})
    assert "\x1b[31;1merror:\x1b[0m" in coloured
    assert "\x1b[" not in plain


def test_text_from_a_flow_never_steers_the_terminal(flow_file):
    flow_file("evil", nodes={"a": {"component": "text", "params": {"template": "\x1b]0;owned\x07done"}}})
    _, seen = on_a_terminal("run", "evil")
    assert "\x1b]0;owned" not in seen
    assert "\\x1b]0;owned\\x07done" in seen

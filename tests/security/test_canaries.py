"""Forty secrets, each let out by a component in a way of its own: none is found outside the store."""

import asyncio
import base64
import json
import logging
import urllib.parse
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.counted import count
from tests.fakes.openai_server import FakeOpenAI, Reply, Request
from typer.testing import CliRunner

from weft.cli.app import app
from weft.providers import redaction
from weft.workspace import Workspace

LEAKS = '''
import base64, json, logging, urllib.parse
from weft import ChatModel, Context, Secret, WeftError, component

WRITTEN = {
    "plain": lambda v: v,
    "url": lambda v: urllib.parse.quote(v, safe=""),
    "form": lambda v: urllib.parse.urlencode({"q": v}),
    "json": lambda v: json.dumps({"inner": v}),
    "json twice": lambda v: json.dumps(json.dumps(v)),
    "base64": lambda v: base64.b64encode(v.encode()).decode(),
    "basic": lambda v: "Basic " + base64.b64encode(f"me:{v}".encode()).decode(),
    "repr": lambda v: repr({"k": v}),
}

@component
async def leak(secret: Secret, ctx: Context, way: str, written: str = "plain") -> dict:
    """Let a secret out."""
    value = WRITTEN[written](secret.reveal())
    match way:
        case "value":
            return {"found": value}
        case "key":
            return {"deep": [{value: 1}]}
        case "emit":
            ctx.emit(f"It is {value}, really.")
        case "emit split":
            for place in range(0, len(value), 3):
                ctx.emit(value[place:place + 3])
            ctx.emit(" and on")
        case "state":
            ctx.state.set("leaked." + secret.name.lower(), value)
        case "log":
            ctx.log(f"used {value}")
            logging.getLogger("weft.leak").warning("used %s", value)
        case "error":
            raise WeftError(f"The server refused {value}", code="refused", hint=f"Not {value}", retryable=False)
        case "crash":
            raise RuntimeError(f"boom {value}")
        case "expand":
            ctx.expand({"_1": {"component": "echo", "values": {"text": value}}})
        case "ask":
            await ctx.ask(f"Is it {value}?", answer_within=0.01, default={"approved": True})
        case "retry":
            raise WeftError(f"again {value}", code="again", retryable=True)
    return {}

@component
async def ask_with(secret: Secret, model: ChatModel) -> dict:
    """Tell a model."""
    return {"said": str((await model.ainvoke("Repeat: " + secret.reveal())).content)}

@component
async def echo(text: str) -> str:
    """The same."""
    return text
'''
WAYS = ("value", "key", "emit", "emit split", "state", "log", "error", "crash", "expand", "ask", "retry")
WRITTEN = ("plain", "url", "form", "json", "json twice", "base64", "basic", "repr")
CASES = [
    *((way, "plain") for way in WAYS),
    *(("value", written) for written in WRITTEN[1:]),
    *(("emit split", written) for written in WRITTEN[1:]),
    *(("error", written) for written in WRITTEN[1:]),
    *(("crash", written) for written in ("json", "url", "repr")),
    *(("log", written) for written in ("json", "url")),
    ("model", "plain"),
    ("model", "refusal"),
    ("model", "stream"),
]


def canary(number: int) -> str:
    return f'canary{number:02d}/"Zu+g=Ä&{number * 7919:05d}tail'


def traces(number: int) -> set[str]:
    """What must not be found: its telling parts, plain and as base64 writes them."""
    value = canary(number)
    whole = {value, urllib.parse.quote(value, safe=""), json.dumps(value)[1:-1], f"{number * 7919:05d}tail"}
    encoded = {base64.b64encode(b"\0" * n + value.encode()).decode()[4 * bool(n) : -8][:20] for n in range(3)}
    return whole | encoded


@pytest.fixture
def forgetful(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Nothing is known as a secret before and after."""
    monkeypatch.setattr(redaction, "_known", set[str]())
    monkeypatch.setattr(redaction, "_begins", frozenset[str]())
    monkeypatch.setattr(redaction, "_longest", 0)
    monkeypatch.setattr(redaction, "_pattern", None)
    factory = logging.getLogRecordFactory()
    redaction.clean_logs()
    yield
    logging.setLogRecordFactory(factory)


def leaky(root: Path, env: dict[str, str]) -> None:
    (root / "flows").mkdir()
    (root / "components").mkdir()
    (root / "components" / "leaks.py").write_text(LEAKS)
    nodes: dict[str, Any] = {}
    for number, (way, written) in enumerate(CASES):
        secret = {"$secret": f"C{number}"}
        kind = "ask_with" if way == "model" else "leak"
        more = {} if way == "model" else {"way": way, "written": written}
        nodes[f"n{number}"] = {
            "component": kind,
            "params": {"secret": secret, **more},
            "options": {"retries": 1},
        }
        if way == "retry":
            nodes[f"n{number}"]["options"] = {"retries": 1, "on_error": "skip"}
    nodes["kept"] = {
        "component": "prompt",  # whose answers are kept for the next run
        "params": {"prompt": "Repeat: {{it}}", "model": "openai:m"},
        "inputs": {"it": "n0"},
    }
    (root / "flows" / "leaky.json").write_text(json.dumps({"format": 1, "nodes": nodes}))
    secrets = Workspace.open(root).secrets
    for number in range(0, len(CASES), 2):
        secrets.set(f"C{number}", canary(number), file=True)
    env.update({f"WEFT_SECRET_C{number}": canary(number) for number in range(1, len(CASES), 2)})


def test_no_canary_is_found_outside_the_store(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    forgetful: None,
    fake_openai: FakeOpenAI,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    root = tmp_path / "ws"
    root.mkdir()
    env: dict[str, str] = {}
    leaky(root, env)
    for name, value in env.items():
        monkeypatch.setenv(name, value)
    fake_openai.default = echoed
    said: dict[str, str] = {}

    def weft(*args: str) -> None:
        result = CliRunner().invoke(app, [*args, "-w", str(root)], prog_name="weft")
        said[" ".join(args)] = result.stdout + result.stderr

    weft("run", "leaky", "--model", "openai:m", "--json")
    run_id = asyncio.run(_told(root, said))
    weft("run", "leaky", "--model", "openai:m")
    weft("--debug", "run", "leaky", "--model", "openai:m")
    weft("runs", "show", run_id)
    weft("runs", "show", run_id, "--json")
    weft("runs", "export", run_id)
    weft("secrets", "list", "--json")
    weft("doctor")
    said["logs"] = caplog.text
    assert "used [hidden key]" in said["logs"]
    assert len(CASES) == 40
    assert len(said["run leaky --model openai:m --json"]) > 10_000
    places = {name: text.encode() for name, text in said.items()}
    places |= {
        str(path.relative_to(tmp_path)): path.read_bytes() for path in root.rglob("*") if path.is_file()
    }
    assert any(name.endswith("weft.db") for name in places)
    found = [
        (CASES[number], name, trace)
        for number in range(len(CASES))
        for trace in traces(number)
        for name, data in places.items()
        if trace.encode() in data
    ]
    count("canaries", planted=len(CASES), places=len(places), found=len(found))
    assert sorted({(case, place) for case, place, _ in found}) == []


def echoed(request: Request) -> Reply:
    asked = str(request.messages[-1]["content"]).removeprefix("Repeat: ")
    if "canary38" in asked:
        return Reply.status(400, f"I can't repeat {asked}")
    return Reply(f"You said {asked}")


async def _told(root: Path, said: dict[str, str]) -> str:
    """What a follower, a store and an HTTP client are told of the run; its id."""
    workspace = Workspace.open(root)
    try:
        runs = workspace.runs()
        (record, *_) = [one async for one in _records(runs)]
        events = await runs.events(record.id)
        said["events"] = "".join(map(str, events))
        said["state"] = str(await runs.state(record.id))
        return record.id
    finally:
        await workspace.close()


async def _records(runs: Any) -> Any:
    for record in (await runs.runs()) if not hasattr(runs, "__aiter__") else ():
        yield record

"""What a flow can do, told before it runs; and which flows from elsewhere somebody has let run."""

import json
from pathlib import Path
from typing import Any

import pytest

from weft.model import Flow, WeftError, from_json
from weft.workspace import Workspace
from weft.workspace.trust import (
    ANY_FILE,
    ANY_FLOW,
    ANY_HOST,
    ANY_MODEL,
    ANY_TOOL,
    OTHERS_MODEL,
    Sheet,
    host,
    sheet,
)
from weft.workspace.trust.ports import ANY_CODE

GREET = {"component": "text", "params": {"template": "Hi"}}


@pytest.fixture
def workspace(tmp_path: Path) -> Workspace:
    (tmp_path / "flows").mkdir()
    return Workspace(tmp_path, env={})


def flow(**nodes: Any) -> Flow:
    return from_json({"format": 1, "name": "Theirs", "nodes": nodes})


def node(component: str, inputs: dict[str, Any] | None = None, **params: Any) -> dict[str, Any]:
    return {"component": component, "params": params, "inputs": inputs or {}}


def told(made: Sheet) -> dict[str, list[str]]:
    return {
        title.lower(): [use.name + (f" ({use.note})" if use.note else "") for use in uses]
        for title, uses in made.sections()
        if uses and title != "Components"
    }


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        (node("text", template="see http://quoted.example"), {}),
        (node("http", url="https://One.example:8443/a?b={{c}}"), {"hosts": ["one.example:8443"]}),
        (node("http", url="https://{{who}}/x"), {"hosts": [ANY_HOST]}),
        (node("http", url="{{url}}"), {"hosts": [ANY_HOST]}),
        (node("http", {"url": "a"}), {"hosts": [ANY_HOST]}),
        (node("http", url="https://x.example", token={"$secret": "KEY"}), {"hosts": ["x.example"], "secrets": ["KEY"]}),
        (node("http", url="https://x.example", headers={"a": [{"b": {"$secret": "DEEP"}}]}), {"hosts": ["x.example"], "secrets": ["DEEP"]}),
        (node("http", url="https://x.example", headers={"a": {"$raw": {"$secret": "NO"}}}), {"hosts": ["x.example"]}),
        (node("file", path="a.txt"), {"files": ["a.txt"]}),
        (node("file", path={"$file": "a.txt"}, action="write"), {"files": ["a.txt (written)"]}),
        (node("file", {"path": "a", "action": "b"}), {"files": [f"{ANY_FILE} (perhaps written)"]}),
        (node("prompt", prompt="x"), {"models": [OTHERS_MODEL]}),
        (node("prompt", prompt="x", model="openai:gpt-5"), {"models": ["openai:gpt-5"]}),
        (node("prompt", {"model": "a"}, prompt="x"), {"models": [ANY_MODEL]}),
        (node("prompt", prompt="x", model="demo", tools=["http"]), {"models": ["demo"], "tools": ["http"], "hosts": [ANY_HOST]}),
        (node("prompt", prompt="x", model="demo", tools=[{"component": "http", "params": {"url": "https://x.example/{{q}}", "token": {"$secret": "K"}}}]), {"models": ["demo"], "tools": ["http"], "hosts": ["x.example"], "secrets": ["K"]}),
        (node("prompt", prompt="x", model="demo", tools=[{"component": "file", "params": {"path": {"$file": "a"}}, "ask": True}]), {"models": ["demo"], "tools": ["file (asks a person first)"], "files": ["a (perhaps written)"]}),
        (node("prompt", prompt="x", model="demo", tools=[{"component": "file", "params": {"path": {"$file": "a"}}, "arguments": []}]), {"models": ["demo"], "tools": ["file"], "files": ["a"]}),
        (node("prompt", prompt="x", model="demo", tools=[{"component": "python"}]), {"models": ["demo"], "tools": ["python"], "code": [ANY_CODE]}),
        (node("prompt", prompt="x", model="demo", tools=[{"component": "prompt", "params": {"tools": ["http"], "model": "a:b", "prompt": "x"}}]), {"models": ["demo", "a:b"], "tools": ["prompt", "http"], "hosts": [ANY_HOST], "files": [ANY_FILE]}),
        (node("prompt", prompt="x", model="demo", tools=["nobody", 7, {"flow": "nowhere"}]), {"models": ["demo"], "tools": ["nobody (not known here)", "a tool that can't be read", "nowhere"], "flows": ["nowhere (not known here)"]}),
        (node("prompt", {"tools": "a"}, prompt="x", model="demo"), {"models": ["demo"], "tools": [ANY_TOOL]}),
        (node("http", url={"$raw": "https://raw.example"}), {"hosts": ["raw.example"]}),
        (node("prompt", prompt="x", model={"$raw": "openai:raw"}), {"models": ["openai:raw"]}),
        (node("embed", texts=["x"], file={"$file": "i.json"}), {"models": ["words"], "files": ["i.json (written)"]}),
        (node("retrieve", question="x", model="openai:e", file={"$file": "i.json"}), {"models": ["openai:e"], "files": ["i.json"]}),
        (node("choose_model", task="x", candidates={"$raw": ["a:b"]}, judge="c:d"), {"models": ["a:b", "c:d"]}),
        (node("choose_model", task="x", candidates=["a:b"], judge="c:d", how="rules", rules=[{"contains": "x", "model": "e:f"}]), {"models": ["a:b", "e:f", "c:d"]}),
        (node("rate_model", model="a:b", score=1), {}),
        (node("python", code="import os"), {"code": ["import os"]}),
        (node("subtask", flow="nowhere"), {"flows": ["nowhere (not known here)"]}),
        (node("subtask", {"flow": "a"}), {"flows": [ANY_FLOW]}),
        (node("subtask", flow={"format": 7}), {"flows": ["a flow that can't be read"]}),
        (node("expand", plan=[], model="a:b"), {"tools": ["prompts that are written while it runs"], "models": ["a:b"]}),
        (node("their_python", code="import os"), {}),
        ({**node("http", url="https://x.example"), "options": {"disabled": True}}, {}),
    ],
)  # fmt: skip
def test_each_thing_it_can_do_is_told(workspace: Workspace, given: dict[str, Any], expected: dict[str, Any]):
    found = told(sheet(flow(x=given), workspace.catalog))
    assert found == expected


def test_code_is_shown_whole_with_who_runs_it(workspace: Workspace):
    (workspace.root / "components").mkdir()
    (workspace.root / "components" / "script.py").write_text(
        'from weft import component\n\n@component\ndef script(code: str) -> str:\n    """Run it."""\n    return code\n'
    )
    code = "print(1)\n" * 6000
    made = sheet(flow(x=node("script", code=code), y=node("script", {"code": "x"})), workspace.catalog)
    assert [(use.name, use.nodes) for use in made.code] == [
        (code, ("x",)),
        ("code that it is given while it runs", ("y",)),
    ]
    assert [use.note for use in made.components] == ["from the workspace"]


def test_a_component_that_declares_nothing_is_known_by_the_names_of_its_ports(workspace: Workspace):
    declared = """
from pathlib import Path
from weft import component

@component
def plain(url: str = "https://own.example/x", where: str = "", file: Path | None = None, model: str = "") -> str:
    return url

@component(reach={"url": "nothing", "where": "host", "hosts": ["fixed.example"], "secrets": ["ITS_KEY"]})
def said(url: str = "https://quoted.example", where: str = "") -> str:
    return url
"""
    (workspace.root / "components").mkdir()
    (workspace.root / "components" / "theirs.py").write_text(declared)
    found = told(
        sheet(
            flow(a=node("plain", file={"$file": "f"}, where="//b.example/", model="a:b")), workspace.catalog
        )
    )
    assert found == {
        "hosts": ["own.example", "b.example"],
        "files": ["f (perhaps written)"],
        "models": ["a:b"],
    }
    found = told(sheet(flow(a=node("said", {"where": "x"})), workspace.catalog))
    assert found == {"hosts": ["fixed.example", ANY_HOST], "secrets": ["ITS_KEY"]}


def test_a_tool_of_a_server_says_whom_it_asks(workspace: Workspace):
    (workspace.root / "weft.toml").write_text(
        '[mcp.shop]\nurl = "https://me:pass@shop.example/mcp"\ntoken = "SHOP"\n\n[mcp.disk]\ncommand = "serve-disk"\nenv = ["DISK"]\n'
    )
    for server in ("shop", "disk"):
        workspace.mcp.path(server).parent.mkdir(parents=True, exist_ok=True)
        workspace.mcp.path(server).write_text('{"tools": [{"name": "look"}]}')
    workspace.reload()
    given = flow(a=node("shop__look"), b=node("prompt", prompt="x", model="demo", tools=["disk__look"]))
    found = sheet(given, workspace.catalog)
    assert told(found) == {
        "hosts": ["shop.example"],
        "secrets": ["SHOP", "DISK"],
        "tools": [
            "shop__look: a tool of the server 'shop' at shop.example",
            "disk__look",
            "disk__look: a tool of the server 'disk', which runs 'serve-disk' on this machine",
        ],
        "models": ["demo"],
    }
    assert "pass" not in json.dumps(found.json())


def test_flows_that_are_tools_are_looked_at(workspace: Workspace):
    inner = {"format": 1, "nodes": {"b": node("http", url="https://deep.example")}}
    (workspace.root / "flows" / "named.json").write_text(json.dumps(inner))
    workspace.reload()
    for tool in ("named", {"flow": "named"}):
        made = sheet(flow(x=node("prompt", prompt="x", model="demo", tools=[tool])), workspace.catalog)
        assert told(made) == {
            "hosts": ["deep.example"],
            "tools": ["named"],
            "flows": ["named"],
            "models": ["demo"],
        }
    workspace.trusted.mark("named", "x.json")
    assert workspace.trusted.wanting(flow(x=node("prompt", tools=["named"])), workspace.catalog) == {
        "named": "x.json"
    }


def test_flows_inside_are_looked_at_however_they_are_named(workspace: Workspace):
    inner = {"format": 1, "nodes": {"b": node("http", url="https://deep.example", token={"$secret": "A"})}}
    (workspace.root / "flows" / "named.json").write_text(json.dumps(inner))
    written = {"format": 1, "nodes": {"c": node("subtask", flow="named"), "d": node("file", path="f.txt")}}
    made = sheet(flow(x=node("map", flow=written), y=node("subtask", flow="named")), workspace.catalog)
    assert told(made) == {
        "hosts": ["deep.example"],
        "secrets": ["A"],
        "files": ["f.txt"],
        "flows": ["named"],
    }
    assert made.hosts[0].nodes == ("x/c/b",)


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("https://good.example\\@evil.example/", "an address that hides its host"),
        ("https://good.example@evil.example/", "an address that hides its host"),
        ("https://[::1/", "an address that can't be read"),
        ("https://exa\u202emple", "an address that hides its host"),
        ("//evil.example/x", "evil.example"),
        ("https://[::1]:80/", "[::1]:80"),
        ("nothing", "an address that can't be read"),
    ],
)
def test_an_address_never_passes_for_another(address: str, expected: str):
    assert host(address).startswith(expected)


def test_a_large_sheet_stays_readable(workspace: Workspace):
    many = {f"n{i}": node("http", url=f"https://h{i % 900}.example/{'x' * 500}") for i in range(2000)}
    made = sheet(flow(**many), workspace.catalog)
    assert (len(made.hosts), made.hosts[-1].name) == (501, "and 400 more")
    assert len(made.components[0].nodes) == 21
    assert len(json.dumps(made.json())) < 100_000


# --- what somebody let run -------------------------------------------------------------------------------------------


async def start(workspace: Workspace, made: Flow, slug: str) -> str:
    try:
        await workspace.runs().start(made, slug=slug)
    except WeftError as problem:
        return problem.code
    finally:
        await workspace.close()
    return "began"


async def test_what_was_brought_here_runs_once_somebody_said_so(workspace: Workspace):
    made = flow(a=GREET)
    for slug in ("own", "theirs"):
        workspace.save(slug, made)
    workspace.trusted.mark("theirs", "x.json")
    assert await start(workspace, made, "own") == "began"
    assert await start(workspace, made, "theirs") == "untrusted"
    assert workspace.trusted.came_from("theirs") == "x.json"
    workspace.trusted.give(made, workspace.catalog, slug="theirs", by="Ann")
    assert await start(Workspace(workspace.root, env={}), made, "theirs") == "began"
    assert (
        await start(workspace, flow(a=GREET, b=GREET), "theirs") == "began"
    )  # it is edited here, as any other


async def test_neither_a_copy_nor_a_flow_around_it_runs_it(workspace: Workspace):
    workspace.save("theirs", flow(a=GREET))
    workspace.trusted.mark("theirs", "x.json")
    copy = workspace.duplicate("theirs")
    assert await start(workspace, workspace.load(copy), copy) == "untrusted"
    around = flow(x=node("map", flow={"format": 1, "nodes": {"y": node("subtask", flow="theirs")}}))
    workspace.save("around", around)
    workspace.reload()
    assert await start(workspace, around, "around") == "untrusted"
    workspace.trusted.give(around, workspace.catalog, slug="around")
    assert workspace.trusted.came_from("theirs") == ""
    assert workspace.trusted.wanting(around, workspace.catalog, "around") == {}


@pytest.mark.parametrize("text", ["", "[]", "{", '{"from": 7}', '{"from": ""}'])
def test_a_damaged_mark_still_marks(workspace: Workspace, text: str):
    workspace.trusted.mark("theirs", "x.json")
    (workspace.root / ".weft" / "trust" / "from" / "theirs.json").write_text(text)
    assert workspace.trusted.came_from("theirs") == "elsewhere"


def test_where_nothing_can_be_written_a_yes_lasts_as_long_as_the_process(workspace: Workspace):
    workspace.read_only = True
    made = flow(a=GREET)
    workspace.trusted.give(made, workspace.catalog)
    assert workspace.trusted.knows(made)
    assert not (workspace.root / ".weft").exists()
    assert not Workspace(workspace.root, env={}).trusted.knows(made)

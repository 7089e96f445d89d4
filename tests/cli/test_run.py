"""`weft run`: outputs on standard output, progress beside it, events for programs, exit codes for scripts."""

import json
import re
from pathlib import Path
from typing import Any

import pytest

from weft.engine.events import KINDS

GREET = {
    "name": "Greet",
    "inputs": {"who": {"type": "text", "default": "you"}},
    "outputs": {"greeting": "greet"},
    "nodes": {
        "greet": {
            "component": "text",
            "params": {"template": "Hello {{who}}"},
            "inputs": {"who": "inputs.who"},
        }
    },
}
TWO = {**GREET, "outputs": {"a": "greet", "b": "inputs.who"}}
FAILS = {
    "outputs": {"x": "sum"},
    "nodes": {"sum": {"component": "math", "params": {"formula": "1 / 0"}}},
}
ASKS = {
    "outputs": {"answer": "ask"},
    "nodes": {"ask": {"component": "prompt", "params": {"prompt": "What is a tide?"}}},
}
DEMO = "Model: demo.\n'demo' is no real model: its answers are made up offline. For a real one set OPENAI_API_KEY.\n"


def times(text: str) -> str:
    return re.sub(r"[0-9.]+ s", "T s", re.sub(r"Run [0-9][0-9a-z]{13}", "Run ID", text))


def events(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def test_outputs_go_to_standard_output_and_the_rest_beside_it(weft, flow_file):
    flow_file("greet", **GREET)
    result = weft("run", "greet", "-i", "who=Ada")
    assert (result.exit_code, result.stdout) == (0, "Hello Ada\n")
    assert times(result.stderr) == (
        "Run ID of greet.\ngreet: started\ngreet: succeeded in T s\nRun succeeded in T s.\n"
    )


def test_a_flow_may_be_named_by_its_file(weft, flow_file):
    path = flow_file("greet", **GREET)
    assert weft("run", str(path)).stdout == "Hello you\n"
    assert weft("run", "flows/greet.json").stdout == "Hello you\n"


def test_several_outputs_are_named(weft, flow_file):
    flow_file("two", **TWO)
    assert weft("run", "two").stdout == "a:\nHello you\n\nb:\nyou\n"


def test_events_for_programs(weft, flow_file):
    flow_file("greet", **GREET)
    result = weft("run", "greet", "--json")
    told = events(result.stdout)
    assert [(e["seq"], e["kind"], e["path"]) for e in told] == [
        (1, "run-started", ""),
        (2, "step-ready", "greet"),
        (3, "step-started", "greet"),
        (4, "step-finished", "greet"),
        (5, "run-finished", ""),
    ]
    assert {e["kind"] for e in told} <= set(KINDS)
    assert {e["run"] for e in told} == {told[0]["run"]}
    assert all(isinstance(e["at"], float | int) for e in told)
    assert told[-1]["outputs"] == {"greeting": "Hello you"}
    assert told[-1]["status"] == "succeeded"
    assert result.stderr == ""


@pytest.mark.parametrize(
    ("flow", "file", "text"),
    [
        (GREET, "out.txt", "Hello you\n"),
        (GREET, "out.json", '{\n  "greeting": "Hello you"\n}\n'),
        (TWO, "out.txt", '{\n  "a": "Hello you",\n  "b": "you"\n}\n'),
    ],
)
def test_outputs_may_go_to_a_file(weft, here: Path, flow_file, flow: dict[str, Any], file: str, text: str):
    flow_file("f", **flow)
    result = weft("run", "f", "--out", file)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr.endswith(f"Wrote {file}.\n")
    assert (here / file).read_text() == text


def test_a_failed_run_ends_with_1_and_says_where_and_why(weft, flow_file, here: Path):
    flow_file("fails", **FAILS)
    result = weft("run", "fails", "--out", "x.txt")
    assert result.exit_code == 1
    assert "error: sum: " in result.stderr
    assert "Traceback" not in result.stderr
    assert not (here / "x.txt").exists()


def test_who_answers_is_said_and_demo_called_what_it_is(weft, flow_file):
    flow_file("asks", **ASKS)
    result = weft("run", "asks")
    assert result.exit_code == 0
    assert result.stderr.startswith(DEMO)
    assert "demo model" in result.stdout.lower()


def test_a_flow_with_problems_ends_with_3_and_nothing_runs(weft, flow_file, here: Path):
    path = flow_file("bad", nodes={"a": {"component": "text"}, "b": {"component": "promt"}})
    before = path.read_bytes()
    result = weft("run", "bad")
    assert (result.exit_code, result.stdout) == (3, "")
    assert "flows/bad.json:1:" in result.stderr
    assert "error[missing-input]" in result.stderr
    assert "error[unknown-component]" in result.stderr
    assert result.stderr.endswith(
        "error: flows/bad.json has 2 problems and was not run.\nhint: See 'weft check flows/bad.json'.\n"
    )
    assert path.read_bytes() == before
    assert not (here / ".weft").exists()


def test_runs_are_recorded_newest_first(weft, flow_file):
    flow_file("greet", **GREET)
    flow_file("fails", **FAILS)
    assert weft("runs").stderr == "No runs here yet: 'weft run FLOW' makes one.\n"
    weft("run", "greet")
    weft("run", "fails")
    listed = events(weft("runs", "--json").stdout)
    assert [(run["flow"], run["status"]) for run in listed] == [("fails", "failed"), ("greet", "succeeded")]
    assert [run["flow"] for run in events(weft("runs", "--json", "--flow", "greet").stdout)] == ["greet"]
    assert [run["flow"] for run in events(weft("runs", "--json", "--status", "failed").stdout)] == ["fails"]
    assert len(events(weft("runs", "--json", "--limit", "1").stdout)) == 1
    table = weft("runs").stdout.splitlines()
    assert table[0].split() == ["id", "flow", "status", "when", "took", "tokens", "cost", "note"]
    assert [line.split()[1] for line in table[1:]] == ["fails", "greet"]


def test_a_recorded_run_is_shown(weft, flow_file):
    flow_file("greet", **GREET)
    run_id = events(weft("run", "greet", "-i", "who=Ada", "--json").stdout)[0]["run"]
    shown = json.loads(weft("runs", "show", run_id, "--json").stdout)
    assert (shown["id"], shown["status"], shown["inputs"]) == (run_id, "succeeded", {"who": "Ada"})
    assert shown["steps"]["greet"]["value"] == {"output": "Hello Ada"}
    assert shown["outputs"] == {"greeting": "Hello Ada"}
    text = weft("runs", "show", run_id[:11]).stdout
    assert text.startswith(f"Run {run_id} of greet: succeeded\n")
    assert "  greet: succeeded  " in text
    assert "    output: Hello Ada\n" in text
    assert text.endswith("Outputs\n  greeting: Hello Ada\n")


def test_a_workspace_that_can_t_be_written_still_runs_and_says_that_nothing_is_recorded(
    weft, flow_file, here: Path
):
    flow_file("greet", **GREET)
    (here / ".weft").write_text("in the way")
    result = weft("run", "greet")
    assert (result.exit_code, result.stdout) == (0, "Hello you\n")
    assert result.stderr.startswith(
        "This run is not recorded, only kept while it lasts: '.weft' can't be written: File exists.\n"
    )
    assert (here / ".weft").read_text() == "in the way"


def test_a_read_only_workspace_runs_too(weft, flow_file, here: Path):
    flow_file("greet", **GREET)
    here.chmod(0o555)
    try:
        result = weft("run", "greet")
    finally:
        here.chmod(0o755)
    assert (result.exit_code, result.stdout) == (0, "Hello you\n")
    assert "not recorded" in result.stderr.splitlines()[0]


def test_a_component_of_the_workspace_is_used(weft, flow_file, here: Path):
    (here / "components").mkdir()
    (here / "components" / "shout.py").write_text(
        "from weft import component\n\n@component\nasync def shout(text: str) -> str:\n"
        '    """Say it louder."""\n    return text.upper()\n'
    )
    flow_file("f", nodes={"a": {"component": "shout", "params": {"text": "hi"}}})
    assert weft("run", "f").stdout == "HI\n"


def test_standard_output_never_steers_a_terminal():
    from weft.cli.terminal import clean

    assert clean("a\x1b[2Jb\x07\r\n\tc\u202e") == "a\\x1b[2Jb\\x07\n\tc\\x202e"


MAP: dict[str, Any] = {
    "nodes": {
        "m": {
            "component": "map",
            "params": {
                "items": list(range(20)),
                "at_once": 1,
                "flow": {
                    "format": 1,
                    "inputs": {"item": {"type": "any"}},
                    "outputs": {"o": "t"},
                    "nodes": {"t": {"component": "text", "params": {"template": "{{x}}"}, "inputs": {"x": "inputs.item"}}},
                },
            },
        }
    }
}  # fmt: skip


def test_it_says_how_far_a_map_is_but_not_for_every_item(weft, flow_file):
    flow_file("each", **MAP)
    told = weft("run", "each").stderr.splitlines()
    far = [line for line in told if " of 20" in line]
    assert far[-1] == "m: 20 of 20"
    assert len(far) <= 10


def test_a_run_has_no_more_steps_than_asked_for(weft, flow_file):
    flow_file("each", **MAP)
    result = weft("run", "each", "--max-steps", "10")
    assert result.exit_code == 1
    assert (
        "error: m: 'm' would run 20 items of 1 step each; of the run's 10 steps 9 are left.\n"
        in result.stderr
    )
    assert "hint: Give it fewer items, or raise the limit 'steps'.\n" in result.stderr

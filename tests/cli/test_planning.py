"""What a run would do, a part of a flow, a run done again, and the cache, at the command line."""

import json
from typing import Any

import pytest

NODES: dict[str, Any] = {
    "outline": {
        "component": "prompt",
        "params": {"prompt": "Outline {{topic}}"},
        "inputs": {"topic": "inputs.topic"},
    },
    "essay": {"component": "prompt", "params": {"prompt": "Write {{o}}"}, "inputs": {"o": "outline"}},
}
ESSAY: dict[str, Any] = {
    "inputs": {"topic": {"type": "text", "default": "tides"}},
    "outputs": {"essay": "essay"},
    "nodes": NODES,
}


def plan(weft: Any, *more: str) -> dict[str, dict[str, Any]]:
    shown = weft("run", "essay", "--plan", "--json", *more)
    assert shown.exit_code == 0, shown.stderr
    return {step["path"]: step for step in map(json.loads, shown.stdout.splitlines())}


def last_run(weft: Any) -> dict[str, Any]:
    return json.loads(weft("runs", "--json", "--limit", "1").stdout)


def test_a_plan_is_a_table_with_reasons_and_runs_nothing(weft, flow_file):
    flow_file("essay", **ESSAY)
    shown = weft("run", "essay", "--plan")
    assert shown.exit_code == 0
    assert "it has not run here before" in shown.stdout
    assert "depends on outline, which will run" in shown.stdout
    assert shown.stdout.splitlines()[-1] == "1 new, 1 depending on those."
    assert weft("runs", "--json").stdout == ""


def test_what_is_the_same_is_told_as_cached(weft, flow_file):
    flow_file("essay", **ESSAY)
    first = weft("run", "essay")
    assert "outline: succeeded" in first.stderr
    again = weft("run", "essay")
    assert again.stdout == first.stdout
    assert "outline: cached" in again.stderr
    assert "tokens saved" in again.stderr
    assert last_run(weft)["usage"]["calls"] == 0
    changed = {**NODES, "essay": {**NODES["essay"], "params": {"prompt": "Now write {{o}}"}}}
    flow_file("essay", **{**ESSAY, "nodes": changed})
    steps = plan(weft)
    assert (steps["outline"]["status"], steps["essay"]["because"]) == ("cached", "essay.prompt changed")
    assert plan(weft, "-i", "topic=moon")["outline"]["because"] == "input topic differs"
    assert plan(weft, "--fresh")["outline"]["because"] == "you asked for it anew"


def test_from_until_only_and_pins(weft, flow_file):
    flow_file("essay", **ESSAY)
    assert weft("run", "essay", "--only", "essay").exit_code == 2
    until = weft("run", "essay", "--until", "outline")
    assert "essay: skipped: It was not chosen." in until.stderr
    only = weft("run", "essay", "--only", "essay")
    assert (only.exit_code, "outline: cached" in only.stderr) == (0, True)
    anew = weft("run", "essay", "--from", "outline")
    assert "cached" not in anew.stderr
    pinned = weft("run", "essay", "--pin", "outline=By hand", "--json")
    events = [json.loads(line) for line in pinned.stdout.splitlines()]
    put = next(event for event in events if event["path"] == "outline")
    assert (put["cached"], put["pinned"], put["value"]["text"]) == (True, True, "By hand")
    assert last_run(weft)["options"]["choice"] == {"pins": {"outline": "By hand"}}


def test_a_run_is_done_again_with_a_value_put_in(weft, flow_file):
    flow_file("essay", **ESSAY)
    weft("run", "essay")
    first = last_run(weft)["id"]
    again = weft("runs", "rerun", first, "--set", "outline=My own outline")
    assert again.exit_code == 0, again.stderr
    assert "outline: edited" in again.stderr
    assert "essay: succeeded" in again.stderr
    shown = weft("runs", "show", last_run(weft)["id"])
    assert "My own outline" in shown.stdout
    assert f"edited from {first}" in shown.stdout
    anew = weft("runs", "rerun", first, "--from", "essay")
    assert "outline: cached" in anew.stderr
    assert "essay: succeeded" in anew.stderr


@pytest.mark.parametrize(
    ("words", "said", "hint"),
    [
        (("run", "essay", "--from", "esay"), "no node 'esay'", "Did you mean 'essay'?"),
        (("run", "essay", "--until", "zzzzzzzzz"), "no node 'zzzzzzzzz'", "weft graph"),
        (("run", "essay", "--only", "essay", "--until", "essay"), "goes with neither", ""),
        (("run", "essay", "--pin", "outline"), "has no value", "--pin 'outline=VALUE'"),
        (("run", "essay", "--pin", "outline={nope"), "begins like JSON", "Mend it"),
        (("run", "essay", "--plan", "--pin", "x=1"), "no node 'x'", ""),
        (("runs", "rerun", "nothing"), "no run 'nothing'", ""),
        (("cache", "prune", "--to", "a lot"), "is no size", "20M"),
    ],
)  # fmt: skip
def test_rubbish_is_refused_in_a_sentence(weft, flow_file, words: tuple[str, ...], said: str, hint: str):
    flow_file("essay", **ESSAY)
    told = weft(*words)
    assert told.exit_code == 2
    assert said in told.stderr
    assert hint in told.stderr
    assert "Traceback" not in told.stderr


def test_the_cache_is_counted_pruned_and_cleared(weft, flow_file):
    flow_file("essay", **ESSAY)
    assert "no cache here yet" in weft("cache").stderr
    assert json.loads(weft("cache", "--json").stdout) == {"entries": 0, "bytes": 0}
    weft("run", "essay")
    assert weft("cache").stdout.startswith("2 results")
    assert "0 results, 0 bytes left." in weft("cache", "prune").stderr
    weft("run", "essay", "--fresh")
    assert "2 results" in weft("cache", "clear").stderr
    assert json.loads(weft("cache", "--json").stdout)["entries"] == 0
    assert plan(weft)["outline"]["because"] == "it has not run here before"

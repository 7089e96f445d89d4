"""`weft runs compare`."""

import json

FLOW = {
    "inputs": {"topic": {"default": "tides"}},
    "nodes": {
        "plan": {"component": "text", "params": {"template": "Plan {{it}}"}, "inputs": {"it": "inputs.topic"}},
        "draft": {"component": "text", "params": {"template": "Write {{it}}"}, "inputs": {"it": "plan"}},
    },
}  # fmt: skip


def test_two_runs_are_compared(weft, flow_file):
    flow_file("essay", **FLOW)
    ids: list[str] = []
    for topic in ("tides", "tea"):
        assert weft("run", "essay", "--input", f"topic={topic}").exit_code == 0
        ids.append(json.loads(weft("runs", "--json").stdout.splitlines()[0])["id"])
    told = weft("runs", "compare", *ids)
    assert told.exit_code == 0, told.stderr
    assert "First: The run was given another value for the input 'topic'." in told.stdout
    assert "  - output: Plan tides\n  + output: Plan tea" in told.stdout
    assert "Both ran the same revision." in told.stdout
    found = json.loads(weft("runs", "compare", *ids, "--json").stdout)
    assert [(step["path"], step["differs"]) for step in found["steps"]] == [
        ("plan", ["inputs", "output"]),
        ("draft", ["inputs", "output"]),
    ]
    assert len(json.loads(weft("runs", "compare", *ids, "--json", "--all").stdout)["steps"]) == 2
    alike = weft("runs", "compare", ids[0], ids[0])
    assert "Nothing differs." in alike.stdout


def test_a_run_that_is_not_there_is_refused(weft, flow_file):
    flow_file("essay", **FLOW)
    assert "There is no run 'a' here." in weft("runs", "compare", "a", "b").stderr
    weft("run", "essay")
    refused = weft("runs", "compare", "nope", "nope")
    assert refused.exit_code != 0
    assert "There is no run 'nope' here." in refused.stderr

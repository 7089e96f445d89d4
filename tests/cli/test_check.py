"""`weft check`: problems as a compiler prints them, and their fixes applied."""

import json
from pathlib import Path

from weft.model import dumps, loads

TEXT = {"component": "text", "params": {"template": "Hi"}}


def test_a_flow_without_problems(weft, flow_file):
    flow_file("fine", nodes={"a": TEXT})
    result = weft("check")
    assert (result.exit_code, result.stdout, result.stderr) == (
        0,
        "",
        "1 flow checked: 0 errors, 0 warnings.\n",
    )


def test_every_problem_has_its_place_cause_and_help(weft, flow_file):
    path = flow_file("bad")
    path.write_text(
        '{\n  "format": 1,\n  "nodes": {\n    "a": {"component": "promt"},\n    "b": {"component": "text"}\n  }\n}\n'
    )
    result = weft("check", "bad")
    assert result.exit_code == 3
    lines = result.stdout.splitlines()
    assert lines[0].startswith("flows/bad.json:4:")
    assert "error[unknown-component]" in lines[0]
    assert any(line.startswith("  fix: ") for line in lines)
    assert any(line.startswith("flows/bad.json:5:") and "error[missing-input]" in line for line in lines)
    assert result.stderr.startswith("1 flow checked: 2 errors")


def test_problems_for_programs(weft, flow_file):
    flow_file("bad", nodes={"a": {"component": "promt"}})
    result = weft("check", "--json")
    assert result.exit_code == 3
    found = json.loads(result.stdout.splitlines()[0])
    assert (found["file"], found["code"], found["severity"], found["node"], found["line"]) == (
        "flows/bad.json",
        "unknown-component",
        "error",
        "a",
        1,
    )
    assert found["fix"]
    assert result.stderr == ""


def test_a_file_that_can_t_be_read_is_a_problem_with_a_place_and_outweighs_the_others(weft, flow_file):
    flow_file("a_bad", nodes={"a": {"component": "promt"}})
    broken = flow_file("b_broken")
    broken.write_text('{"format": 1,\n "nodes": {"a": {"component": 3}}}')
    result = weft("check")
    assert result.exit_code == 2
    assert "flows/b_broken.json:2:" in result.stdout
    assert broken.read_text() == '{"format": 1,\n "nodes": {"a": {"component": 3}}}'


def test_fixes_are_applied_and_the_file_written_canonically(weft, flow_file):
    path = flow_file(
        "bad",
        nodes={"a": {"component": "txt", "params": {"template": "Hi"}}, "b": {**TEXT, "after": ["gone"]}},
    )
    result = weft("check", "--fix")
    assert result.exit_code == 0
    text = path.read_text()
    flow = loads(text)
    assert text == dumps(flow)
    assert (flow.nodes["a"].component, flow.nodes["b"].after) == ("text", [])
    assert "flows/bad.json: " in result.stderr


def test_warnings_alone_are_no_failure(weft, flow_file):
    flow_file("warned", inputs={"topic": {}}, nodes={"a": TEXT})
    result = weft("check")
    assert result.exit_code == 0
    assert "warning[unused-input]" in result.stdout


def test_flows_by_path_and_slug(weft, flow_file, here: Path):
    flow_file("one", nodes={"a": TEXT})
    assert weft("check", "one", "flows/one.json").stderr == "2 flows checked: 0 errors, 0 warnings.\n"

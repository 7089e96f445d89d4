"""`weft import`: a flow of another program's graph, with what was changed; refusals that write nothing."""

import json
from pathlib import Path

import pytest

from weft.model import loads

GRAPH = {
    "nodes": {"My plan": "Plan {{x}} with $db.goal$.", "essay": "Write."},
    "edges": {"My plan": [], "essay": ["My plan"]},
}


@pytest.fixture
def saved(here: Path) -> Path:
    path = here / "write_essay.json"
    path.write_text(json.dumps(GRAPH, indent=4))
    return path


def test_a_graph_becomes_a_flow_and_a_report(weft, here: Path, saved: Path):
    result = weft("import", "write_essay.json")
    assert (result.exit_code, result.stdout) == (0, "flows/write_essay.json\n")
    assert result.stderr == (
        "Read write_essay.json: 2 prompts, 1 edge, 1 output.\n"
        "changed: 'My plan' has the id 'my_plan'; its title is as it was.\n"
        "changed: In the prompt of 'my_plan', {{ is written \\{{: it is text there.\n"
        "needs: state.goal is read by my_plan, and is 'None' until something sets it.\n"
        "Run it with 'weft run write_essay', or open it with 'weft serve --open write_essay'.\n"
    )
    flow = loads((here / "flows" / "write_essay.json").read_bytes())
    assert (flow.name, list(flow.nodes)) == ("Write essay", ["my_plan", "essay"])
    assert weft("check").exit_code == 0
    refused = weft("run", "write_essay", "--model", "demo")
    assert (refused.exit_code, "was brought here from elsewhere" in refused.stderr) == (2, True)
    ran = weft("run", "write_essay", "--model", "demo", "--trust")
    assert ran.exit_code == 0, ran.stderr


def test_its_name_and_place_can_be_chosen(weft, here: Path, saved: Path):
    assert weft("import", str(saved), "--name", "An Essay!").stdout == "flows/an_essay.json\n"
    assert weft("import", str(saved), "--out", "other").stdout == "flows/other.json\n"
    assert weft("import", str(saved), "--out", "elsewhere.json").stdout == "elsewhere.json\n"
    assert loads((here / "elsewhere.json").read_bytes()).name == "Write essay"
    assert loads((here / "flows" / "an_essay.json").read_bytes()).name == "An Essay!"


def test_it_goes_through_pipes(weft, here: Path):
    result = weft("import", "-", "--out", "-", input=json.dumps(GRAPH))
    assert (result.exit_code, loads(result.stdout).name) == (0, "Imported flow")
    assert result.stderr.startswith("Read standard input: 2 prompts")
    assert list((here / "flows").iterdir()) == []


def test_a_flow_that_is_there_is_kept_unless_forced(weft, here: Path, saved: Path):
    path = here / "flows" / "write_essay.json"
    path.write_text('{"format": 1}')
    result = weft("import", str(saved))
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr == (
        "error: There is a file 'flows/write_essay.json' already.\n"
        "hint: Name another with --out, or add --force.\n"
    )
    assert path.read_text() == '{"format": 1}'
    assert weft("import", str(saved), "--force").exit_code == 0
    assert len(loads(path.read_bytes()).nodes) == 2


def test_mistakes_are_listed_with_their_lines_and_nothing_is_written(weft, here: Path):
    (here / "bad.json").write_text('{"nodes": {"plan": "x", "b": 3},\n "edges": {"b": ["Plan"]}}')
    result = weft("import", "bad.json")
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.splitlines() == [
        "bad.json:1:30 error[bad-value] The prompt of 'b' must be text.",
        "  hint: Write it in double quotes.",
        "bad.json:2:18 error[dangling-ref] 'b' depends on 'Plan', and there is no such node.",
        "  hint: Did you mean 'plan'?",
    ]
    assert list((here / "flows").iterdir()) == []


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("{", "bad.json:1:1 error[not-json] the text ends before the document does."),
        ("[]", "bad.json:1:1 error[unknown-format] This is no graph that Weft can import."),
        ('{"format": 1, "nodes": {}}', "bad.json:1:1 error[unknown-format] This is a flow already."),
        ('{"nodes": {"a": "b", "a": "c"}, "edges": {}}', 'bad.json:1:22 error[duplicate-key] the key "a"'),
    ],
)
def test_what_is_no_graph_is_refused(weft, here: Path, text: str, told: str):
    (here / "bad.json").write_text(text)
    result = weft("import", "bad.json")
    assert result.exit_code == 2
    assert result.stderr.startswith(told)
    assert "Traceback" not in result.stderr


@pytest.mark.parametrize("args", [("none.json",), ("flows",), ("write_essay.json", "--out", "Not a slug")])
def test_what_cant_be_read_or_written_is_a_sentence(weft, saved: Path, args: tuple[str, ...]):
    result = weft("import", *args)
    assert result.exit_code == 2
    assert result.stderr.startswith("error: ")


def test_of_many_remarks_some_are_shown(weft, here: Path):
    graph = {"nodes": {f"Step {i}": "x" for i in range(30)}, "edges": {}}
    (here / "many.json").write_text(json.dumps(graph))
    assert "changed: ... and 10 more\n" in weft("import", "many.json").stderr

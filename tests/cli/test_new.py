"""`weft new`, `weft fmt`, `weft graph`: files made and rewritten."""

import json
from pathlib import Path

from weft.model import dumps, loads


def test_an_empty_flow(weft, here: Path):
    result = weft("new", "my_flow")
    assert (result.exit_code, result.stdout) == (0, "flows/my_flow.json\n")
    assert result.stderr == "Run it with 'weft run my_flow', or open it with 'weft serve --open my_flow'.\n"
    assert loads((here / "flows" / "my_flow.json").read_text()).name == "My flow"


def test_a_name_gives_the_file_its_slug(weft, here: Path):
    assert weft("new", "My flow!").stdout == "flows/my_flow.json\n"
    assert loads((here / "flows" / "my_flow.json").read_text()).name == "My flow!"


def test_a_taken_name_is_refused_and_the_file_kept(weft, flow_file):
    path = flow_file("mine", name="Mine")
    before = path.read_bytes()
    result = weft("new", "mine")
    assert result.exit_code == 2
    assert result.stderr == (
        "error: There is a flow 'flows/mine.json' already.\nhint: Give the new one another name.\n"
    )
    assert path.read_bytes() == before


def test_fmt_rewrites_and_says_what(weft, flow_file):
    ugly, neat = flow_file("ugly", name="U"), flow_file("neat")
    neat.write_text(dumps(loads(neat.read_bytes())))
    assert weft("fmt", "--check").exit_code == 1
    assert weft("fmt", "--check").stdout == "flows/ugly.json\n"
    assert json.loads(ugly.read_text())
    assert "\n" not in ugly.read_text()
    result = weft("fmt")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "flows/ugly.json\n", "1 flow rewritten.\n")
    assert ugly.read_text() == dumps(loads(ugly.read_text()))
    assert weft("fmt", "--check").exit_code == 0


def test_fmt_leaves_what_it_can_t_read_and_goes_on(weft, flow_file):
    broken, ugly = flow_file("broken"), flow_file("ugly", name="U")
    broken.write_text('{"format": 1,}')
    result = weft("fmt")
    assert result.exit_code == 2
    assert result.stdout == "flows/ugly.json\n"
    assert result.stderr.startswith("error: flows/broken.json:1:")
    assert broken.read_text() == '{"format": 1,}'
    assert "\n" in ugly.read_text()


def test_graph(weft, flow_file, here: Path):
    flow_file("a", nodes={"one": {"component": "text"}})
    assert weft("graph", "a").stdout == 'flowchart LR\n  n_one["one<br/>text"]\n'
    assert weft("graph", "a", "--format", "svg").stdout.startswith("<svg ")
    result = weft("graph", "a", "--out", "a.svg")
    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "Wrote a.svg.\n")
    assert (here / "a.svg").read_text().startswith("<svg ")

"""`weft grid`: a data set times variants and models, kept, gone on with, asked for before it costs something."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from weft.model.text import from_json
from weft.workspace.grid import Row, read_rows

PLAIN = {
    "format": 1,
    "inputs": {"it": {}, "times": {"type": "integer", "default": 1}},
    "outputs": {"out": "a"},
    "nodes": {
        "a": {
            "component": "text",
            "params": {"template": "{{it}} for {{times}}"},
            "inputs": {"it": "inputs.it", "times": "inputs.times"},
        }
    },
}
EXPECT = '{"output": "out", "matches": "^tea"}'


@pytest.fixture
def data(here: Path, flow_file: Callable[..., Path]) -> Path:
    flow_file("tea", **PLAIN)
    path = here / "data.csv"
    path.write_text('it,times,note\ntea,2,x\n"=cup",3,y\n')
    return path


def test_each_row_is_run_with_each_variant_and_scored(weft, here: Path, data: Path) -> None:
    words = (
        "grid",
        "tea",
        "--data",
        "data.csv",
        "--variant",
        "a.template=tea, {{it}}, {{times}}",
        "--expect",
        EXPECT,
    )
    result = weft(*words, "--csv", "out.csv")
    assert result.exit_code == 1  # one cell isn't as expected
    assert "as it is" in result.stdout
    assert "1 of 2 (50%)" in result.stdout
    assert "2 of 2 (100%)" in result.stdout
    lines = list(csv.DictReader((here / "out.csv").read_text().splitlines()))
    assert [(one["row"], one["passed"], one["out"]) for one in lines] == [
        ("1", "yes", "tea for 2"),
        ("1", "yes", "tea, tea, 2"),
        ("2", "no", "'=cup for 3"),
        ("2", "yes", "tea, =cup, 3"),
    ]

    again = weft(*words)
    assert "4 cells, 4 of them kept from before." in again.stderr
    assert again.stdout == result.stdout
    more = weft(*words, "--model", "scripted:x", "--model", "demo")
    assert "8 cells, 0 of them kept" in more.stderr


def test_what_costs_is_asked_for_first_and_what_is_not_run_is_said(
    weft, here: Path, data: Path, flow_file
) -> None:
    ask = {"component": "prompt", "params": {"prompt": "Say {{it}}"}, "inputs": {"it": "inputs.it"}}
    flow_file("say", inputs={"it": {}}, outputs={"out": "ask"}, nodes={"ask": ask})
    words = ("grid", "say", "-d", "data.csv", "-m", "openai:gpt-4.1-mini")
    result = weft(*words, input="n\n")
    assert result.exit_code == 1
    assert "2 runs will cost about $0.0" in result.stderr
    assert "2 of the cells weren't run" in result.stderr
    broke = weft(*words, "--yes", "--max-cost", "0")
    assert "2 of the cells weren't run" in broke.stderr
    failed = weft(*words, "--yes")  # there is no key: it is told, and not kept
    assert failed.exit_code == 1
    assert "2 cells, 0 of them kept" in weft(*words, input="n\n").stderr
    assert "0 of 2 (0%)" in failed.stdout
    kept = weft("grid", "say", "-d", "data.csv", "-m", "demo", "--yes", "-p", "1")
    assert (kept.exit_code, len(list((here / ".weft" / "grid").iterdir()))) == (0, 2)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("a.csv", "it,times\ntea,many\n", "has no integer for 'times' in line 2: 'many'"),
        ("a.csv", "times\n1\n", "lacks the input 'it' in line 2"),
        ("a.csv", "x\n1\n", "has no column named after an input"),
        ("a.csv", "it\n", "has no rows"),
        ("a.jsonl", '{"it": 1}\n\n[]\n', "has no JSON object in line 3"),
        ("a.jsonl", "{", "isn't JSON in line 1"),
    ],
)
def test_data_that_cannot_be_read_is_told_with_its_line(
    weft, here: Path, data: Path, name: str, text: str, said: str
) -> None:
    (here / name).write_text(text)
    result = weft("grid", "tea", "--data", name)
    assert result.exit_code == 2
    assert said in result.stderr.replace("\n", " ")


def test_json_lines_are_taken_as_they_are(here: Path) -> None:
    path = here / "a.jsonl"
    path.write_text("\ufeff" + json.dumps({"it": "a\u2028b", "more": 1}) + "\n")
    assert read_rows(path, from_json(PLAIN)) == [Row({"it": "a\u2028b"}, {"more": 1})]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--variant", "b.template=x"), "no node 'b'"),
        (("--variant", "x"), "isn't NODE.PARAM=TEXT"),
        (("--variant", "a.template=@none"), "can't be read"),
        (("--expect", "{}"), "can't be expected"),
        (("--expect", "{"), "isn't JSON"),
        (("--data", "none.csv"), "can't be read"),
    ],
)
def test_rubbish_is_told(weft, data: Path, words: tuple[str, ...], said: str) -> None:
    result = weft("grid", "tea", "--data", "data.csv", *words)
    assert result.exit_code == 2
    assert said in result.stderr.replace("\n", " ")

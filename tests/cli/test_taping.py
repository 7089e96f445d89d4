"""Runs recorded and replayed, and flows tested with what was recorded."""

import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from tests.fakes.openai_server import FakeOpenAI

from weft.workspace.testing.adding import put_case

FlowFile = Callable[..., Path]

TOOL = '''
from weft import component, Secret

COUNT = []

@component
def weather(city: str, key: Secret | None = None) -> str:
    """What the sky does there."""
    COUNT.append(city)
    return f"Rain in {city}, {len(COUNT)}" + (key.reveal() if key else "")
'''
NODES = {
    "sky": {"component": "weather", "inputs": {"city": "inputs.city"}},
    "say": {
        "component": "prompt",
        "params": {"prompt": "Say it well: {{sky}}"},
        "inputs": {"sky": "sky"},
    },
}
FLOW = {"inputs": {"city": {"default": "Bergen"}}, "outputs": {"text": "say"}, "nodes": NODES}


@pytest.fixture
def flow(here: Path, flow_file: FlowFile) -> Path:
    (here / "components").mkdir()
    (here / "components" / "weather.py").write_text(TOOL)
    return flow_file("sky", **FLOW)


def read(path: Path) -> dict[str, Any]:
    return json.loads(path.read_text())


def test_what_was_recorded_is_given_again_without_model_and_tool(
    weft, here: Path, flow: Path, fake_openai: FakeOpenAI
):
    fake_openai.will("It pours.")
    recorded = weft("run", "sky", "--model", "openai:gpt-x", "--record")
    assert (recorded.exit_code, recorded.stdout) == (0, "It pours.\n")
    assert "Recorded 2 answers on flows/sky.cassette.json." in recorded.stderr
    asked = len(fake_openai.requests)
    cassette = read(here / "flows" / "sky.cassette.json")
    assert cassette["tools"] == [
        {"component": "weather", "inputs": {"city": "Bergen"}, "value": {"output": "Rain in Bergen, 1"}}
    ]
    (call,) = cassette["calls"]
    assert (call["step"], call["model"], call["answer"]) == ("say", "openai:gpt-x", "It pours.")

    before = weft("runs", "--json").stdout
    replayed = weft("run", "sky", "--replay")
    assert (replayed.exit_code, replayed.stdout) == (0, "It pours.\n")
    assert "Answers come from flows/sky.cassette.json" in replayed.stderr
    assert len(fake_openai.requests) == asked
    assert weft("runs", "--json").stdout == before, "what is replayed did not happen"


@pytest.mark.parametrize("model", ["scripted:answers.json", "openai:gpt-x | demo", "demo | openai:gpt-x"])
def test_a_model_that_the_flow_names_may_be_a_table_or_have_another_behind_it(
    weft, here: Path, flow_file: FlowFile, fake_openai: FakeOpenAI, model: str
):
    (here / "files").mkdir()
    (here / "files" / "answers.json").write_text('["Scripted."]')
    params = {"prompt": "Say it.", "model": model}
    flow_file("say", nodes={"say": {"component": "prompt", "params": params}})
    recorded = weft("run", "say", "--record")
    assert recorded.exit_code == 0, recorded.stderr
    replayed = weft("run", "say", "--replay")
    assert (replayed.exit_code, replayed.stdout) == (0, recorded.stdout), replayed.stderr
    flow_file("say", nodes={"say": {"component": "prompt", "params": params | {"model": "mistral:m"}}})
    assert "the model mistral:m is asked" in weft("run", "say", "--replay").stderr.lower()


def test_a_request_that_is_not_on_the_cassette_fails_and_says_what_is_other(
    weft, here: Path, flow: Path, flow_file
):
    assert weft("run", "sky", "--model", "demo", "--record").exit_code == 0
    other = weft("run", "sky", "--replay", "-i", "city=Oslo")
    assert other.exit_code == 1
    assert (
        'Weather is called with \'{"city": "Oslo"}\', and flows/sky.cassette.json has no such request'
        in other.stderr
    )
    assert 'The nearest it has: \'{"city": "Bergen"}\'.' in other.stderr
    assert "Record it again: weft run sky --record" in other.stderr

    changed = {**NODES["say"], "params": {"prompt": "Say it badly: {{sky}}"}}
    flow_file("sky", **{**FLOW, "nodes": {**NODES, "say": changed}})
    other = weft("run", "sky", "--replay")
    assert (
        "(step say) has 'Say it well: Rain in Bergen, 1' in message 2, where now is 'Say it badly: Rain"
        in other.stderr
    )

    named = {**NODES["say"], "params": {**NODES["say"]["params"], "model": "openai:other"}}
    flow_file("sky", **{**FLOW, "nodes": {**NODES, "say": named}})
    assert "openai:other is asked" in weft("run", "sky", "--replay").stderr


def test_recording_again_adds_and_replaces(weft, here: Path, flow: Path):
    file = here / "flows" / "sky.cassette.json"
    assert weft("run", "sky", "--model", "demo", "--record").exit_code == 0
    first = file.read_text()
    assert weft("run", "sky", "--model", "demo", "--record", "-i", "city=Oslo").exit_code == 0
    assert [tool["inputs"]["city"] for tool in read(file)["tools"]] == ["Bergen", "Oslo"]
    assert weft("run", "sky", "--replay", "-i", "city=Oslo").exit_code == 0
    file.unlink()
    assert (
        weft(
            "run", "sky", "--model", "demo", "--record", "-i", "city=Oslo", "--cassette", "one.json"
        ).exit_code
        == 0
    )
    assert not file.exists()
    assert weft("run", "sky", "--model", "demo", "--record").exit_code == 0
    assert file.read_text() == first.replace("Bergen, 1", f"Bergen, {_count(file)}")


def _count(file: Path) -> str:
    return read(file)["tools"][0]["value"]["output"].rpartition(" ")[2]


def test_no_secret_is_on_a_cassette(weft, here: Path, flow: Path, flow_file: FlowFile, monkeypatch):
    monkeypatch.setenv("WEFT_SECRET_SKY", "sk-verysecretvalue123")
    keyed = {**NODES["sky"], "params": {"key": {"$secret": "SKY"}}}
    flow_file("sky", **{**FLOW, "nodes": {**NODES, "sky": keyed}})
    assert weft("run", "sky", "--model", "demo", "--record").exit_code == 0
    text = (here / "flows" / "sky.cassette.json").read_text()
    assert "verysecret" not in text
    assert '"key": {"$secret": "SKY"}' in text
    assert weft("run", "sky", "--replay").exit_code == 0


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("{", "it isn't JSON"),
        ("[]", "isn't of a format"),
        ('{"cassette": 9}', "A newer Weft wrote it"),
        ('{"cassette": 1, "calls": [{"answer": 3}]}', "calls.0."),
    ],
)
def test_what_is_no_cassette_is_refused(weft, here: Path, flow: Path, text: str, said: str):
    (here / "flows" / "sky.cassette.json").write_text(text)
    refused = weft("run", "sky", "--replay")
    assert (refused.exit_code, said in refused.stderr) == (2, True)


def test_recorded_and_replayed_do_not_go_together(weft, flow: Path):
    assert weft("run", "sky", "--record", "--replay").exit_code == 2
    assert weft("run", "sky", "--cassette", "x.json").exit_code == 2
    missing = weft("run", "sky", "--replay")
    assert (missing.exit_code, "weft run sky --record" in missing.stderr) == (2, True)
    other = weft("run", "sky", "--replay", "--cassette", "tape.json")
    assert (other.exit_code, "weft run FLOW --record --cassette tape.json" in other.stderr) == (2, True)


def test_a_run_becomes_a_case_that_passes(weft, here: Path, flow: Path):
    assert weft("run", "sky", "--model", "demo").exit_code == 0
    assert (
        weft("run", "sky", "--model", "demo", "--until", "say").exit_code == 0
    )  # its answer is from the first
    run = json.loads(weft("runs", "--json").stdout.splitlines()[0])["id"]
    assert weft("test", "--from-run", run, "--name", "Bergen").exit_code == 0
    passed = weft("test")
    assert (passed.exit_code, passed.stderr) == (0, "1 case, all passed.\n")
    assert passed.stdout.startswith("passed  sky: Bergen")
    again = weft("test", "--from-run", run, "--name", "Bergen")
    assert (again.exit_code, "a case 'Bergen' already" in again.stderr) == (2, True)


def test_what_is_not_as_expected_is_said_and_counted(weft, here: Path, flow: Path, tmp_path: Path):
    assert weft("run", "sky", "--model", "demo", "--record").exit_code == 0
    cases = {
        "good": {
            "expect": [{"output": "text", "contains": "demo model"}, {"step": "sky", "matches": "^Rain"}]
        },
        "bad": {
            "expect": [{"step": "sky", "equals": "Sun"}, {"tokens_below": 1}, {"output": "no", "lacks": "x"}]
        },
        "unknown": {"inputs": {"city": "Rome"}, "expect": [{"status": "failed", "error": "not-on-cassette"}]},
        "own model": {"model": "demo", "expect": [{"cost_below": 0.01}]},
    }
    (here / "flows" / "sky.test.json").write_text(json.dumps({"test": 1, "cases": cases}))
    done = weft("test", "--junit", "report.xml", "--json")
    assert done.exit_code == 1
    found = {line["case"]: line for line in map(json.loads, done.stdout.splitlines())}
    assert [name for name, line in found.items() if not line["passed"]] == ["bad"]
    assert found["bad"]["complaints"][0] == 'step \'sky\' is "Rain in Bergen, 1", and should be "Sun"'
    assert found["bad"]["complaints"][2] == "output 'no' isn't there: there are text"
    report = ElementTree.parse(here / "report.xml").getroot()
    (suite,) = report
    assert (suite.get("tests"), suite.get("failures")) == ("4", "1")
    assert weft("test", "sky", "-k", "g*").exit_code == 0
    assert "No case is called 'nope'" in weft("test", "-k", "nope").stderr


def test_a_model_judges(weft, here: Path, flow: Path, fake_openai: FakeOpenAI):
    cases = {"kind": {"expect": [{"output": "text", "judge": "It is kind."}]}}
    (here / "flows" / "sky.test.json").write_text(json.dumps({"test": 1, "cases": cases}))
    (here / "weft.toml").write_text('model = "openai:gpt-x"\n')
    fake_openai.will("It pours.")
    fake_openai.will('{"holds": false, "why": "It is curt."}')
    said = weft("test", "--record")
    assert (said.exit_code, "output 'text' isn't judged so (It is kind.): It is curt." in said.stdout) == (
        1,
        True,
    )
    asked = len(fake_openai.requests)
    again = weft("test")
    assert (again.exit_code, "It is curt." in again.stdout) == (1, True)
    assert len(fake_openai.requests) == asked, "the judge's answer is on the cassette too"


def test_a_case_that_asks_a_person_has_its_answer(weft, here: Path, flow_file: FlowFile):
    flow_file(
        "ok", nodes={"go": {"component": "ask", "params": {"question": "Go on?"}}}, outputs={"out": "go"}
    )
    cases = {"unanswered": {}, "answered": {"answers": {"go": [True]}}}
    (here / "flows" / "ok.test.json").write_text(json.dumps({"test": 1, "cases": cases}))
    done = weft("test", "--json")
    found = {line["case"]: line["complaints"] for line in map(json.loads, done.stdout.splitlines())}
    assert found["answered"] == []
    assert "step 'go' asks a person: \"Go on?\"" in found["unanswered"][0]


@pytest.mark.parametrize(
    ("case", "said"),
    [
        ({"expekt": []}, "did you mean 'expect'?"),
        ({"expect": [{"output": "a"}]}, "says nothing of the output"),
        ({"expect": [{"contains": "a"}]}, "says 'contains' of nothing"),
        ({"expect": [{"output": "a", "step": "b", "equals": 1}]}, "names output and step"),
        ({"expect": [{}]}, "is empty"),
        ({"expect": [{"output": "a", "contians": "x"}]}, "did you mean 'contains'?"),
    ],
)
def test_cases_that_can_not_be_read_say_where(weft, here: Path, flow: Path, case: dict[str, Any], said: str):
    (here / "flows" / "sky.test.json").write_text(json.dumps({"test": 1, "cases": {"one": case}}))
    refused = weft("test")
    assert (refused.exit_code, said in refused.stderr) == (2, True), refused.stderr
    assert "cases.one" in refused.stderr


def test_the_modules_of_tests_are_not_loaded_by_other_commands(weft, flow: Path):
    for name in [name for name in sys.modules if name.startswith("weft.workspace.testing")]:
        del sys.modules[name]
    assert weft("check").exit_code == 0
    assert not [name for name in sys.modules if name.startswith("weft.workspace.testing")]


def test_cases_that_were_answered_otherwise_keep_their_own_answers(
    weft, here: Path, flow: Path, fake_openai: FakeOpenAI
):
    (here / "weft.toml").write_text('model = "openai:gpt-x"\n')
    for answer in ("It pours.", "It shines.", "It pours."):
        fake_openai.will(answer)
        assert weft("run", "sky", "--fresh").exit_code == 0
    runs = [json.loads(line)["id"] for line in weft("runs", "--json").stdout.splitlines()]
    for name, run in zip(("rain", "sun", "more rain"), reversed(runs), strict=True):
        assert weft("test", "--from-run", run, "--name", name).exit_code == 0
    assert weft("test").exit_code == 0
    written = json.loads((here / "flows" / "sky.cassette.json").read_text())
    assert [(call.get("case", ""), call["answer"]) for call in written["calls"]] == [
        ("", "It pours."),
        ("sun", "It shines."),
    ]
    assert weft("run", "sky", "--replay").stdout.strip() == "It pours."

    fake_openai.will("It snows.")
    assert weft("test", "sky", "-k", "sun", "--record").exit_code == 1  # it shines no more
    assert weft("test", "-k", "*rain").exit_code == 0
    put_case(flow, "snow", {"expect": [{"output": "text", "equals": "It snows."}]}, was="sun")
    assert weft("test").exit_code == 0

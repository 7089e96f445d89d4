"""Everything a person can get wrong: what, where, what to do, the exit code, no traceback, the file as it was."""

import socket
from pathlib import Path

import pytest

CYCLE = {
    "a": {"component": "text", "params": {"template": "x"}, "after": ["b"]},
    "b": {"component": "text", "params": {"template": "x"}, "after": ["a"]},
}


@pytest.mark.parametrize(
    ("args", "code", "stderr"),
    [
        (["runn"], 2, "error: No such command 'runn'. Did you mean 'run', 'runs'?\nhint: See 'weft --help'.\n"),
        (["run"], 2, "error: Missing argument 'FLOW'.\nhint: See 'weft run --help'.\n"),
        (["run", "fine", "--zebra"], 2, "error: 'weft run' has no option '--zebra'.\nhint: See 'weft run --help'.\n"),
        (
            ["run", "fine", "--parallel", "0"],
            2,
            "error: Invalid value for '--parallel' / '-p': Input should be greater than or equal to 1.\nhint: See 'weft run --help'.\n",
        ),
        (["run", "fine", "--modle", "x"], 2, "error: 'weft run' has no option '--modle'.\nhint: Did you mean '--model'?\n"),
        (["run", "finn"], 2, "error: There is no flow 'finn' in '.'.\nhint: Did you mean 'fine'?\n"),
        (["run", "flows/finn.json"], 2, "error: There is no file 'flows/finn.json'.\nhint: Did you mean 'fine.json'?\n"),
        (
            ["run", "a/b.json"],
            2,
            "error: There is no file 'a/b.json'.\nhint: There is no folder 'a' either.\n",
        ),
        (["run", "flows/"], 2, "error: 'flows' is a folder, not a flow file.\nhint: Name a file in it.\n"),
        (["run", "fine", "-w", "nowhere"], 2, "error: The workspace 'nowhere' doesn't exist.\nhint: Name a folder, or make it first.\n"),
        (["run", "fine", "-i", "x=1"], 2, "error: The flow has no input 'x'.\nhint: It takes none.\n"),
        (
            ["run", "fine", "--out", "no/where.txt"],
            2,
            "error: 'no/where.txt' can't be written: there is no folder 'no'.\nhint: Make the folder first, or write elsewhere.\n",
        ),
        (["run", "fine", "--model", "opnai:x"], 2, "error: There is no model provider 'opnai'.\nhint: Did you mean 'openai'? There are: openai, azure, openrouter, vllm, llamacpp, lmstudio, anthropic, google, mistral, ollama, bedrock, scripted, demo.\n"),
        (["check", "Not A Slug"], 2, "error: There is no flow 'Not A Slug'.\nhint: A flow is named by its slug, such as 'not_a_slug', or by the path of its file.\n"),
        (["new", "--template", "esay"], 2, "error: There is no template 'esay'.\nhint: Did you mean 'essay'?\n"),
        (["graph", "fine", "--format", "png"], 2, "error: Invalid value for '--format' / '-f': 'png' is not one of 'mermaid', 'svg'.\nhint: See 'weft graph --help'.\n"),
        (["components", "show", "promt"], 2, "error: There is no component 'promt'.\nhint: Did you mean 'prompt'?\n"),
        (["runs", "--status", "faild"], 2, "error: A run is never 'faild'.\nhint: Did you mean 'failed'?\n"),
        (["runs", "show", "01j"], 2, "error: There is no run '01j' here.\nhint: 'weft runs' lists them.\n"),
        (["serve", "--open", "finn"], 2, "error: There is no flow 'finn' in '.'.\nhint: Did you mean 'fine'?\n"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)  # fmt: skip
def test_the_sentence(weft, flow_file, args: list[str], code: int, stderr: str):
    path = flow_file("fine", nodes={"a": {"component": "text", "params": {"template": "Hi"}}})
    before = path.read_bytes()
    result = weft(*args)
    assert (result.exit_code, result.stdout, result.stderr) == (code, "", stderr)
    assert path.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ('{"format": 1,\n  "nodes": {,}\n}', "error: flows/bad.json:2:13: "),
        ('{"format": 1, "nodes": []}', "error: flows/bad.json:1:24: "),
        ('{"format": 1, "nodes": {"a": {"component": 3}}}', "error: flows/bad.json:1:44: "),
        ('{"format": 99}', "error: flows/bad.json:1:12: "),
        ("[]", "error: flows/bad.json:1:1: A flow is a JSON object, and this is a list."),
        ("", "error: flows/bad.json:1:1: "),
        ('{"a": 1, "a": 2}', "error: flows/bad.json:1:"),
    ],
)
@pytest.mark.parametrize("command", ["run", "fmt", "graph"])
def test_a_file_that_is_no_flow(weft, flow_file, command: str, text: str, start: str):
    path = flow_file("bad")
    path.write_text(text)
    result = weft(command, "bad")
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(start), result.stderr
    assert "Traceback" not in result.stderr
    assert path.read_text() == text


def test_a_cycle(weft, flow_file):
    path = flow_file("cycle", nodes=CYCLE)
    before = path.read_bytes()
    result = weft("run", "cycle")
    assert result.exit_code == 3
    assert "error[cycle]" in result.stderr
    assert path.read_bytes() == before


def test_a_key_that_isn_t_there(weft, flow_file):
    flow_file("asks", nodes={"ask": {"component": "prompt", "params": {"prompt": "Hi"}}})
    result = weft("run", "asks", "--model", "openai:gpt-4.1-mini")
    assert result.exit_code == 1
    assert (
        "error: ask: The model 'openai:gpt-4.1-mini' needs a key, and OPENAI_API_KEY isn't set.\n"
        "hint: Keep it with 'weft secrets set OPENAI_API_KEY', or set it with: export OPENAI_API_KEY=... '--model demo' runs without one.\n"
    ) in result.stderr


def test_a_secret_that_isn_t_there(weft, flow_file, here: Path):
    flow_file(
        "asks",
        nodes={
            "get": {
                "component": "http",
                "params": {"url": "https://example.com", "token": {"$secret": "MY_KEY"}},
            }
        },
    )
    result = weft("run", "asks")
    assert result.exit_code == 1
    assert (
        "error: get: There is no secret 'MY_KEY' here.\n"
        "hint: Keep it with 'weft secrets set MY_KEY', or set it where Weft runs: export WEFT_SECRET_MY_KEY=...\n"
        in result.stderr
    )


@pytest.mark.parametrize("command", [["fmt"], ["check", "--fix"]])
def test_a_read_only_folder(weft, flow_file, here: Path, command: list[str]):
    path = flow_file("ugly", nodes={"a": {"component": "txt", "params": {"template": "Hi"}}})
    before = path.read_bytes()
    (here / "flows").chmod(0o555)
    try:
        result = weft(*command)
    finally:
        (here / "flows").chmod(0o755)
    assert result.exit_code == 2
    assert (
        "error: 'flows/ugly.json' can't be written: its folder is read-only.\n"
        "hint: Make the folder writable, or write elsewhere.\n"
    ) in result.stderr
    assert path.read_bytes() == before


def test_new_where_flows_is_a_file(weft, here: Path):
    (here / "flows").rmdir()
    (here / "flows").write_text("mine")
    result = weft("new", "x", "-w", ".")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: 'flows' can't be written: File exists.\n")
    assert (here / "flows").read_text() == "mine"


def test_settings_that_are_no_toml(weft, flow_file, here: Path):
    flow_file("fine", nodes={"a": {"component": "text", "params": {"template": "Hi"}}})
    (here / "weft.toml").write_text("parallel = = 2\n")
    result = weft("run", "fine")
    assert (result.exit_code, result.stderr) == (
        2,
        "error: weft.toml:1 isn't TOML: invalid value.\nhint: Correct that line.\n",
    )


def test_a_busy_port_offers_a_free_one(weft, flow_file):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        result = weft("serve", "--port", str(port))
    assert result.exit_code == 2
    sentence, hint = result.stderr.splitlines()
    assert sentence == f"error: Port {port} on 127.0.0.1 is busy."
    assert hint.startswith("hint: Stop what uses it, or take a free one: weft serve --port ")
    offered = int(hint.rsplit(" ", 1)[1])
    with socket.socket() as free:
        free.bind(("127.0.0.1", offered))


def test_a_component_that_doesn_t_load_is_listed_and_stops_nothing(weft, here: Path):
    (here / "components").mkdir()
    (here / "components" / "broken.py").write_text("import nothing_of_that_name\n")
    result = weft("components")
    assert result.exit_code == 0
    assert "prompt" in result.stdout
    assert (
        "warning: components/broken.py:1: ModuleNotFoundError: No module named 'nothing_of_that_name'\n"
        in result.stderr
    )


def test_a_mistake_of_ours_is_one_line_and_a_file(weft, flow_file, monkeypatch: pytest.MonkeyPatch):
    flow_file("fine")

    def broken(*_: object) -> None:
        raise KeyError("oops")

    monkeypatch.setattr("weft.workspace.flows.picture.mermaid", broken)
    result = weft("graph", "fine")
    assert (result.exit_code, result.stdout) == (70, "")
    first, hint = result.stderr.splitlines()
    assert first.startswith("error: Weft made a mistake (KeyError); the details are in '")
    assert hint == "hint: Please report them; --debug shows them here."
    file = Path(first.rsplit("'", 2)[1])
    assert "oops" in file.read_text()
    file.unlink()
    debugged = weft("graph", "fine", "--debug")
    assert "Traceback" in debugged.stderr
    Path(debugged.stderr.rsplit("details are in '", 1)[1].split("'", 1)[0]).unlink()

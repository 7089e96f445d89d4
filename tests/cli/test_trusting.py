"""A flow from elsewhere runs once a person has seen what it can do."""

import json
import os
import pty
import subprocess
import sys
from pathlib import Path

import pytest

from weft.cli import trusting
from weft.workspace.trust import Sheet, Use

HI = {"component": "text", "params": {"template": "Hi"}}
ASKS = {"component": "http", "params": {"url": "https://x.example", "token": {"$secret": "KEY"}}}
GREET = {"format": 1, "nodes": {"a": HI}, "outputs": {"x": "a"}}


@pytest.fixture
def theirs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("downloads") / "theirs.json"
    path.write_text(json.dumps(GREET))
    return path


def test_a_path_elsewhere_is_refused_without_a_terminal_and_then_trusted(weft, here: Path, theirs: Path):
    refused = weft("run", str(theirs))
    assert (refused.exit_code, refused.stdout) == (2, "")
    assert "isn't one of the workspace's own, and nobody has let it run yet." in refused.stderr
    assert "--trust" in refused.stderr
    assert "This is what it can do:" in refused.stderr
    assert "  Secrets: none" in refused.stderr
    seen = weft("see", str(theirs), "a")
    assert (seen.exit_code, "template" in seen.stdout) == (0, True)
    assert not (here / ".weft").exists()
    assert weft("run", str(theirs), "--trust").stdout == "Hi\n"
    assert weft("run", str(theirs)).stdout == "Hi\n"
    theirs.write_text(json.dumps({**GREET, "nodes": {"a": HI, "b": HI}}))
    assert weft("run", str(theirs)).exit_code == 2
    assert weft("run", str(theirs), "--plan").exit_code == 0  # which runs nothing
    assert weft("run", str(theirs), "--estimate").exit_code == 0


def test_standard_input_can_be_the_flow(weft, here: Path):
    text = json.dumps(GREET)
    assert weft("run", "-", input=text).exit_code == 2
    assert weft("run", "-", "--trust", input=text).stdout == "Hi\n"
    assert weft("run", "-", input=text).stdout == "Hi\n"
    assert weft("run", "-", "--record", input=text).exit_code == 2
    assert weft("run", "-", "-i", "x=@-", input=text).exit_code == 2
    assert weft("run", "-", input="{").exit_code == 2


@pytest.mark.parametrize(("answer", "code", "ran"), [("y\n", 0, True), ("\n", 2, False)])
def test_on_a_terminal_the_sheet_is_shown_and_a_person_asked(
    here: Path, theirs: Path, answer: str, code: int, ran: bool
):
    unused = {**GREET, "nodes": {"a": HI, "b": {**ASKS, "options": {"when": "false"}}}}
    theirs.write_text(json.dumps(unused))
    ours, inner = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "weft", "run", str(theirs)],
        stdin=inner, stdout=inner, stderr=inner, env={**os.environ, "NO_COLOR": "1", "COLUMNS": "200"},
    )  # fmt: skip
    os.close(inner)
    seen = b""
    while b"[y/N]" not in seen:
        seen += os.read(ours, 65536)
    os.write(ours, answer.encode())
    rest = b""
    try:
        while chunk := os.read(ours, 65536):
            rest += chunk
    except OSError:  # Linux says so when the other side is closed
        pass
    os.close(ours)
    assert process.wait() == code
    said = seen.decode().replace("\r\n", "\n")
    assert "  Code: none\n  Secrets:\n    KEY: b\n  Hosts:\n    x.example: b\n  Files: none\n" in said
    assert "  Cost: No model would be asked: it costs nothing.\n" in said
    assert ("Hi" in rest.decode()) is ran


def test_a_name_cannot_write_a_line_of_the_sheet(capsys: pytest.CaptureFixture[str]):
    use = Use("KEY\n  Hosts: none\r\x1b[1A", ("a\u202eb",))
    trusting.show(Sheet("x", "h", secrets=(use,), code=(Use("a\n\x1b[2Jb", ("c",)),)), "Why")
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if line.startswith("  Hosts")] == ["  Hosts: none"]
    assert "    KEY Hosts: none \\x1b[1A: a\\x202eb" in lines
    assert "      \\x1b[2Jb" in lines


def test_cases_and_grids_of_what_was_brought_here_need_a_yes_too(weft, here: Path):
    from weft.workspace import Workspace

    (here / "flows" / "theirs.test.json").write_text('{"test": 1, "cases": {"one": {}}}')
    (here / "data.jsonl").write_text("{}\n")
    for words in (("test", "theirs"), ("grid", "theirs", "-d", "data.jsonl")):
        (here / "flows" / "theirs.json").write_text(json.dumps({**GREET, "name": words[0]}))
        Workspace(here, env={}).trusted.mark("theirs", "a stranger")
        refused = weft(*words)
        assert (refused.exit_code, "was brought here from elsewhere" in refused.stderr) == (2, True)
        assert weft(*words, "--trust").exit_code == 0
        assert weft(*words).exit_code == 0

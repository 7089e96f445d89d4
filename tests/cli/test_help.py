"""`--help` of every command is a golden text: a change of the command line is seen in review."""

from pathlib import Path

import pytest

GOLDEN = Path(__file__).parent / "help"
COMMANDS = (
    "",
    "serve",
    "run",
    "check",
    "fmt",
    "graph",
    "new",
    "import",
    "components",
    "components show",
    "components new",
    "prices",
    "runs",
    "runs show",
    "runs rerun",
    "runs export",
    "runs prune",
    "runs watch",
    "cancel",
    "resume",
    "runs compare",
    "cache",
    "cache prune",
    "cache clear",
    "see",
    "answer",
    "doctor",
    "recover",
    "diff",
    "merge",
    "git",
    "test",
    "grid",
    "models",
    "mcp",
    "mcp check",
    "mcp list",
    "mcp refresh",
    "secrets",
    "secrets list",
    "secrets set",
    "secrets rotate",
    "secrets bind",
    "secrets remove",
    "tokens",
    "tokens list",
    "tokens new",
    "tokens revoke",
    "sessions",
    "sessions show",
    "sessions forget",
)


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command or "weft")
def test_help(weft, command: str):
    result = weft(*command.split(), "--help")
    assert result.exit_code == 0
    golden = GOLDEN / f"{command.replace(' ', '_') or 'weft'}.txt"
    assert result.stdout == golden.read_text(), (
        f"the help of 'weft {command}' changed: is {golden.name} to follow?"
    )


def test_every_command_has_one(weft):
    listed = weft("--help").stdout.partition("Commands:")[2].partition("Exit codes")[0].split("\n")
    names = {line.split()[0] for line in listed if line.startswith("  ") and line.split()}
    assert names == {command for command in COMMANDS if command and " " not in command}


def test_without_a_command_help_is_shown(weft):
    assert weft().stdout == (GOLDEN / "weft.txt").read_text()
    assert weft("-h").stdout == (GOLDEN / "weft.txt").read_text()

"""`weft mcp`: the servers listed, refreshed and checked, with a real one."""

import json
import sys
from pathlib import Path

from tests.cli.conftest import Weft

SERVER = Path(__file__).parents[1] / "fakes" / "mcp_server.py"


def test_servers_are_listed_refreshed_and_checked(weft: Weft, here: Path) -> None:
    assert "weft.toml names no MCP server." in weft("mcp", "list").stderr
    real = (
        f"[mcp.real]\ncommand = {json.dumps(sys.executable)}\nargs = {json.dumps([str(SERVER), 'stdio'])}\n"
    )
    (here / "weft.toml").write_text(f'{real}[mcp.gone]\ncommand = "no-such-program"\n')
    for words in (("mcp",), ("mcp", "list")):
        assert "It was never asked for its tools." in weft(*words).stdout
    refreshed = weft("mcp", "refresh")
    assert refreshed.exit_code == 1
    assert "real: add, Find-City," in refreshed.stdout
    assert "The MCP server 'gone' can't be started" in refreshed.stderr
    assert "process" in weft("mcp", "list").stdout
    listed = [json.loads(line) for line in weft("mcp", "list", "--json").stdout.splitlines()]
    assert [(one["server"], one["state"], len(one["tools"])) for one in listed] == [
        ("real", "ready", 9),
        ("gone", "unasked", 0),
    ]
    checked = weft("mcp", "check", "real")
    assert (checked.exit_code, checked.stdout) == (0, "real: answers, 9 tools, as kept\n")
    kept = here / ".weft" / "mcp" / "real.json"
    tools = json.loads(kept.read_text())["tools"]
    tools[0]["name"], tools[1]["description"] = "old", "other"
    kept.write_text(json.dumps({"tools": tools}))
    checked = weft("mcp", "check", "real")
    assert checked.exit_code == 1
    assert checked.stdout == "real: answers, 9 tools; new: add; gone: old; changed: Find-City\n"
    assert json.loads(kept.read_text())["tools"] == tools
    missing = weft("mcp", "check", "reel")
    assert missing.exit_code == 2
    assert "There is no MCP server 'reel'" in missing.stderr

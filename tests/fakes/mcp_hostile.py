"""A server that speaks just enough of MCP to be trusted with a connection, and then does what its argument says.

python tests/fakes/mcp_hostile.py KIND
"""

import json
import sys
import time

KIND = sys.argv[1]
TOOLS = [
    {"name": "good", "description": "x" * 50_000, "inputSchema": {"type": "object", "properties": {}}},
    {"name": "", "inputSchema": {"type": "object"}},
    {"name": "many", "inputSchema": {"type": "object", "properties": {f"p{n}": {} for n in range(200)}}},
    {"name": "circle", "inputSchema": {"type": "object", "properties": {"a": {"$ref": "#/properties/a"}}}},
    {
        "name": "regex",
        "inputSchema": {"type": "object", "properties": {"a": {"type": "string", "pattern": "(a+)+$"}}},
    },
    {
        "name": "class/../x y",
        "inputSchema": {"type": "object", "properties": {"from": {"type": "string"}, "$x": {}, "_x": {}}},
    },
]


def say(message: dict[str, object]) -> None:
    print(json.dumps({"jsonrpc": "2.0", **message}), flush=True)


def answer(asked: dict[str, object]) -> None:
    match asked["method"]:
        case "initialize":
            about = {"name": "hostile", "version": "1"}
            say(
                {
                    "id": asked["id"],
                    "result": {
                        "protocolVersion": "2025-06-18",
                        "capabilities": {"tools": {}},
                        "serverInfo": about,
                    },
                }
            )
        case "tools/list" if KIND == "endless":
            say({"id": asked["id"], "result": {"tools": TOOLS[:1], "nextCursor": "again"}})
        case "tools/list" if KIND == "changed":
            say({"method": "notifications/tools/list_changed"})
            say({"id": asked["id"], "result": {"tools": TOOLS[:1]}})
        case "tools/list":
            say({"id": asked["id"], "result": {"tools": TOOLS}})
        case "tools/call":
            misbehave(asked)
        case _ if "id" in asked:
            say({"id": asked["id"], "error": {"code": -32601, "message": "no such method"}})


def misbehave(asked: dict[str, object]) -> None:
    match KIND:
        case "line":
            for _ in range(12):
                sys.stdout.write("x" * 1_000_000)
            sys.stdout.flush()
        case "chatter":
            while True:
                say({"method": "notifications/message", "params": {"level": "info", "data": "x"}})
        case "lie":
            say({"id": asked["id"], "result": {"content": "no list", "isError": "perhaps"}})
        case "other":
            say({"id": 10_000, "result": {"content": []}})
        case "changed":
            say({"method": "notifications/tools/list_changed"})
            say({"id": asked["id"], "result": {"content": [{"type": "text", "text": "done"}]}})
            return
        case "die":
            print("out of tea", file=sys.stderr, flush=True)
            sys.exit(3)
    time.sleep(3600)


if KIND == "mute":
    time.sleep(3600)
for line in sys.stdin:
    answer(json.loads(line))

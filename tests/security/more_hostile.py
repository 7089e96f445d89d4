"""More flow files of that kind, for what came to be able to do something later: tools, code, models, files, graphs of
another program, cassettes and cases."""

from collections.abc import Iterator
from typing import Any

Document = dict[str, Any]
FILES = ["/etc/passwd", "../../../../etc/passwd", "~/.ssh/id_rsa", "file:///etc/shadow", "\\\\host\\share", "a\u0000b", ".weft/weft.db",
         "C:\\windows\\win.ini", "/proc/self/environ", "files/../../x", "{{x}}/../../etc/passwd", "|id"]  # fmt: skip
MODELS = ["openai:../../x", "openai:http://127.0.0.1:9/", "scripted:/etc/passwd", "scripted:../evil.py", "ollama:$(id)", "azure:a|demo:b",
          "vllm:http://169.254.169.254/", "os:system", "langchain.llms:OpenAI", "demo|" * 300, "bedrock:arn:aws:x", "__import__('os')", ":", "a:" * 3000]  # fmt: skip
CODE = ["import os; os.system('touch {canary}')", "open('{canary}', 'w')", "__builtins__.__import__('socket')", "while True: pass",
        "exec('1')", "'a' * 10**10", "(" * 900, "\u202eimport os", "def f(): return f()\nf()", "[].__class__.__base__.__subclasses__()"]  # fmt: skip
PATTERNS = ["(a+)+$", "(" * 300, "[" * 300, "a{1000000}", "(?<=a+)b", "(?P<x>a)(?P=x)", "\\", "(?i" * 50]
SCHEMAS = [{"$ref": "http://127.0.0.1:9/s"}, {"$ref": "file:///etc/passwd"}, {"$ref": "#"}, {"$dynamicRef": "#x"}, {"$id": "http://127.0.0.1:9/", "$ref": "y"},
           {"pattern": "(a+)+$"}, {"$schema": "http://127.0.0.1:9/meta"}, {"enum": [{"$secret": "X"}]}, {"type": "os.system"}]  # fmt: skip
TOOLS = [
    "os.system",
    "subprocess",
    "../evil",
    "mcp:evil",
    "evil.tool",
    "http",
    "python",
    "file",
    "hostile",
    "__class__",
    "",
    "a" * 9000,
]


def more() -> Iterator[tuple[str, Any]]:
    yield from _tools()
    yield from _code()
    yield from _models()
    yield from _files()
    yield from _loops()
    yield from _schemas()
    yield from _places()
    yield from _graphs()
    yield from _beside()
    yield from _tooled()


def flow(**parts: Any) -> Document:
    return {"format": 1, "name": "Hostile", **parts}


def node(component: str, inputs: Document | None = None, **params: Any) -> Document:
    return flow(nodes={"a": {"component": component, "params": params, "inputs": inputs or {}}})


def _tools() -> Iterator[tuple[str, Any]]:
    for tool in TOOLS:
        yield f"tool {tool[:20]!r}", node("prompt", prompt="x", tools=[tool])
        entry = {
            "tool": tool,
            "component": tool,
            "params": {"url": {"$secret": "X"}, "command": "id"},
            "ask": "no",
        }
        yield f"tool with params {tool[:20]!r}", node("prompt", prompt="x", tools=[entry])
    yield "tools as text", node("prompt", prompt="x", tools="__import__('os')")
    yield (
        "tools as a flow",
        node("prompt", prompt="x", tools=[{"tool": node("http", url="http://127.0.0.1:9")}]),
    )
    yield "a server's command", flow(mcp={"evil": {"command": "touch", "args": ["{canary}"]}}, nodes={})
    yield (
        "a server at a node",
        node("mcp", command="touch", args=["{canary}"], env={"PATH": "."}, url="http://127.0.0.1:9/"),
    )


def _code() -> Iterator[tuple[str, Any]]:
    for i, code in enumerate(CODE):
        yield f"code {i}", node("python", code=code, names=["os", "__builtins__"])
    yield "code for names", node("python", code="x", names=CODE)
    yield (
        "names of ports",
        node("python", code="x", names=["__class__", "code", "a b", "", "ctx", "x" * 9000, 7, None]),
    )


def _models() -> Iterator[tuple[str, Any]]:
    for model in MODELS:
        yield f"model {model[:20]!r}", node("prompt", prompt="x", model=model)
    yield (
        "models to choose from",
        node(
            "choose_model", task="{{x}}", candidates=MODELS, judge=MODELS[0], rules=[{"contains": "(a+)+$"}]
        ),
    )
    yield (
        "the model of all",
        flow(defaults={"model": MODELS[2], "system": "{{secrets.X}}"}, nodes={"a": {"component": "prompt"}}),
    )
    yield "a model to embed with", node("embed", texts=["x"], model="scripted:/etc/passwd")


def _files() -> Iterator[tuple[str, Any]]:
    for path in FILES:
        yield f"reads {path[:20]!r}", node("file", path=path)
        yield f"a table at {path[:20]!r}", node("csv", path=path, file={"$file": path})
    yield "writes", node("file", path="{canary}", action="write", text="x")
    yield (
        "a file by default",
        flow(inputs={"x": {"type": "file", "default": {"$file": "/etc/passwd"}}}, nodes={}),
    )
    yield "a file in a text", node("text", template={"$file": "/etc/passwd"})
    yield "what is searched", node("search_text", path="/etc", query="(a+)+$")
    yield "what is kept", node("retrieve", store="/etc/passwd", file="../x", query="x")


def _loops() -> Iterator[tuple[str, Any]]:
    inner = node("http", url="http://127.0.0.1:9/{{x}}")
    for i, code in enumerate(CODE):
        yield f"until {i}", node("repeat", flow=inner, until=code, at_most=10**9)
    yield "a map of much", node("map", flow=inner, items=[[]] * 40_000, parallel=10**9)
    yield "a map of itself", node("map", flow="hostile", items=[1])
    yield "grows", node("expand", plan=CODE, questions=MODELS)
    yield (
        "asks",
        node(
            "ask",
            question="<img src=x onerror=fetch('//evil')>",
            choices=["<b>", "javascript:x"],
            within=1e308,
        ),
    )
    yield "an island", node("island", flow=inner)
    yield "remembers", node("remember", key="__class__.__init__", value={"$secret": "X"})


def _schemas() -> Iterator[tuple[str, Any]]:
    for i, schema in enumerate(SCHEMAS):
        yield f"schema {i}", node("prompt", prompt="x", output="json", schema=schema)
        yield f"extracts by schema {i}", node("extract", text="x", fields=[schema], schema=schema)
    for pattern in PATTERNS:
        yield (
            f"pattern {pattern[:9]!r}",
            node("prompt", prompt="x", output="json", schema={"type": "string", "pattern": pattern}),
        )
        yield f"condition by {pattern[:9]!r}", node("branch", condition=f"match({pattern!r}, x)")


def _places() -> Iterator[tuple[str, Any]]:
    note = {"x": 0, "y": 0, "width": 10, "height": 10}
    texts = [
        "![x](http://127.0.0.1:9/p)",
        "<script>fetch('http://127.0.0.1:9')</script>",
        "[x](javascript:alert(1))",
        "\u202e" * 999,
        "\x1b]0;x\x07",
    ]
    for i, text in enumerate(texts):
        yield (
            f"note {i}",
            flow(nodes={}, description=text, layout={"notes": {"n": {**note, "text": text, "color": text}}}),
        )
        yield f"frame {i}", flow(nodes={}, name=text, layout={"frames": {"f": {**note, "title": text}}})
        yield (
            f"card {i}",
            flow(
                nodes={"a": {"component": "text", "title": text, "params": {"template": text}}},
                outputs={"o": "a"},
            ),
        )
    yield (
        "no place",
        flow(nodes={"a": {"component": "text"}}, layout={"nodes": {"a": [1e308, -1e308], "b": "x"}}),
    )
    yield "a budget", flow(budget={"max_cost": "__import__('os')", "max_tokens": -1}, nodes={})


def _graphs() -> Iterator[tuple[str, Any]]:
    """Of another program, as `weft import` reads them."""
    for i, code in enumerate([*CODE, "{answer}" * 4000]):
        yield (
            f"a graph {i}",
            {
                "prompts": {"$a": code, code: "x"},
                "edges": {code: ["$a"]},
                "answers": {"$a": {"$secret": "X"}},
            },
        )
    yield "a graph in a circle", {"prompts": {"a": "x", "b": "x"}, "edges": {"a": ["b"], "b": ["a"]}}
    yield (
        "a graph of much",
        {
            "prompts": {f"n{i}": "x" for i in range(3000)},
            "edges": {f"n{i}": [f"n{i - 1}"] for i in range(1, 3000)},
        },
    )
    yield "a graph of nothing", {"prompts": None, "edges": []}


def _tooled() -> Iterator[tuple[str, Any]]:
    """Tools of prompts that bring along what they may reach, servers of tools that a flow would name, grids."""
    for i, code in enumerate(CODE[:5]):
        params = {
            "code": code,
            "url": code,
            "path": {"$file": "/etc/passwd"},
            "token": {"$secret": "X"},
            "flow": "hostile",
        }
        for key in ("component", "flow"):
            for target in ("python", "http", "file", "subtask", "prompt", "hostile", "evil__x"):
                entry = {
                    key: target,
                    "params": params,
                    "arguments": [code, "url", "__class__"],
                    "name": code,
                    "ask": code,
                }
                yield f"a tool, {key} {target} {i}", node("prompt", prompt="x", tools=[entry])
    inner: Any = ["hostile"]
    for _ in range(20):
        inner = [{"component": "prompt", "params": {"prompt": "x", "tools": inner}}]
    yield "tools of tools of tools", node("prompt", prompt="x", tools=inner)
    yield "tools of a kind", node("prompt", prompt="x", tools={"$raw": ["http"]})
    yield "ten thousand tools", node("prompt", prompt="x", tools=["http"] * 10_000)
    for name in ("grid", "data", "cases", "mcp", "tests", "reach", "trust"):
        yield (
            f"a flow with its {name}",
            flow(nodes={}, **{name: {"command": "touch {canary}", "file": {"$file": "/etc/passwd"}}}),
        )
    yield (
        "an index of another place",
        node("retrieve", file={"$file": "../../x"}, index={"model": CODE[0]}, model="openai:x"),
    )


def _beside() -> Iterator[tuple[str, Any]]:
    """What lies beside a flow: cassettes and cases."""
    for i, code in enumerate(CODE[:4]):
        call = {
            "step": code,
            "model": MODELS[2],
            "messages": [{"role": "user", "content": code}],
            "answer": code,
        }
        yield (
            f"a cassette {i}",
            {
                "cassette": 1,
                "calls": [call],
                "tools": [{"component": "os.system", "inputs": {"x": code}, "outputs": {}}],
            },
        )
        expected = [
            {"output": "x", "matches": "(a+)+$"},
            {"step": code, "schema": {"$ref": "file:///etc/passwd"}},
            {"output": "x", "judge": code, "model": MODELS[2]},
        ]
        yield (
            f"cases {i}",
            {
                "format": 1,
                "cases": [{"name": code, "inputs": {"x": {"$file": "/etc/passwd"}}, "expect": expected}],
            },
        )
    yield "a newer cassette", {"cassette": 99, "calls": []}
    yield "a deep cassette", {"cassette": 1, "calls": [{"$raw": {"$raw": {"$lines": [1]}}}]}

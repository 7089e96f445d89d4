"""Flow files as somebody would write them who hopes that opening one does more than show it.

Each is a text; some can't be read as a flow, which is an answer too. `{canary}` is a file that would betray it.
"""

import json
from collections.abc import Iterator
from typing import Any

from tests.security.more_hostile import more

EVIL = "__import__('os').system('touch {canary}')"
PATHS = ["os.system", "os:system", "subprocess.Popen", "builtins.eval", "weft.cli:main", "__main__.x", "../evil", "/etc/passwd",
         "file:///etc/passwd", "prompt; import os", "pickle.loads", "http://127.0.0.1:9/x.py", "weft.components.http", ".hidden",
         "prompt@99999", "prompt@-1", "__class__", "exec"]  # fmt: skip
TEMPLATES = ["{{''.__class__.__mro__[1].__subclasses__()}}", "{{x.__init__.__globals__}}", "{% import os %}{{os.popen('id')}}",
             "{0.__class__}", "%(x)s %n", "${jndi:ldap://127.0.0.1/x}", "{{" * 5000, "{{a|" + "json|" * 2000 + "}}", "{{state.__dict__}}",
             "{{secrets.OPENAI_API_KEY}}", "#{7*7}", "<%= system('id') %>", "{{a}}" * 3000, "{{ self._TemplateReference__context }}",
             "{{cycler.__init__.__globals__.os.popen('id').read()}}"]  # fmt: skip
CONDITIONS = [EVIL, "().__class__.__bases__[0].__subclasses__()", "open('/etc/passwd').read()", "(lambda: 1)()", "9**9**9**9",
              "'a' * 10**10", "[x for x in (1).__class__.__mro__]", "eval('1')", "x := 1", "f'{x.__class__}'", "(" * 500 + ")" * 500,
              "not " * 2000 + "x", "print.__self__", "globals()", "breakpoint()", "getattr(x, 'y')", "match('(a+)+$', 'aaaaaaaaaaaaaa!')"]  # fmt: skip


def documents(canary: str) -> dict[str, str]:
    """By a name that says the idea."""
    found: dict[str, str] = {}
    for name, content in _all():
        text = content if isinstance(content, str) else json.dumps(content)
        found[name] = text.replace("{canary}", canary)
    return found


def harmless_documents() -> dict[str, str]:
    """Ordinary flows and ordinary mistakes, one for each thing that may be wrong."""
    prompt = {
        "component": "prompt",
        "params": {"prompt": "Tell me about {{topic}}."},
        "inputs": {"topic": "inputs.topic"},
    }
    wrong = [
        {"component": "promt"}, {"component": "prompt@7"}, {"component": "prompt", "params": {"prompt": "{{a.b | nofilter}} {{"}},
        {"component": "prompt", "options": {"when": "x > and", "timeout": -1}}, {"component": "prompt", "inputs": {"x": "nobody.there"}},
        {"component": "prompt", "inputs": {"topic": "b"}}, {"component": "choose", "params": {"condition": "f(x) + y.z"}},
        {"component": "math", "params": {"expression": "2 *"}}, {"component": "subtask", "params": {"flow": "nowhere"}},
        {"component": "subtask", "params": {"flow": node("prompt", params={"prompt": "Hi"})}}, {"component": "text", "params": {"template": "{{x}}"}},
        {"component": "http", "params": {"url": "https://example.org"}}, {"component": "file", "params": {"path": "a.txt"}},
        {"component": "json", "params": {"path": "a.b"}}, {"component": "prompt", "parms": {}}, {"component": "prompt", "params": {"schema": {}}},
        {"component": "prompt", "params": {"prompt": 7, "save": {"a.b": ""}}}, {"component": "prompt", "params": {"$x": {"$secrt": "A"}}},
    ]  # fmt: skip
    flows = [
        flow(inputs={"topic": {"type": "text"}}, outputs={"o": "a"}, nodes={"a": prompt, "b": other})
        for other in wrong
    ]
    circle = {
        "a": {"component": "text", "inputs": {"x": "b"}},
        "b": {"component": "text", "inputs": {"x": "a"}},
    }
    flows += [
        flow(nodes=circle),
        flow(nodes={"A b": prompt}),
        flow(inputs={"x": {"type": "txt"}}, nodes={}),
        flow(nodes=[]),
        flow(nme="x"),
        {"format": 9},
    ]
    texts = [json.dumps(one) for one in flows] + [
        "",
        "{",
        "[]",
        '{"a": 1, "a": 2}',
        '{"a": NaN}',
        '{"format": 1, "x": 1e400}',
        "[" * 99,
    ]
    return {f"harmless {i}": text for i, text in enumerate(texts)}


def flow(**parts: Any) -> dict[str, Any]:
    return {"format": 1, "name": "Hostile", **parts}


def node(component: Any = "prompt", **parts: Any) -> dict[str, Any]:
    return flow(nodes={"a": {"component": component, **parts}})


def _all() -> Iterator[tuple[str, Any]]:
    yield from _components()
    yield from _texts()
    yield from _values()
    yield from _names()
    yield from _shapes()
    yield from _sizes()
    yield from _raw()
    yield from more()


def _components() -> Iterator[tuple[str, Any]]:
    for path in PATHS:
        yield f"component {path}", node(path)
    for name, component in {
        "object": {"$import": "os"},
        "list": ["os", "system"],
        "null": None,
        "number": 1,
    }.items():
        yield f"component as {name}", node(component)
    yield (
        "component of a subtask",
        node("subtask", params={"flow": {"format": 1, "nodes": {"b": {"component": "os.system"}}}}),
    )
    yield "subtask by path", node("subtask", params={"flow": "../../../../etc/passwd"})
    yield "subtask by url", node("subtask", params={"flow": "http://127.0.0.1:9/flow.json"})
    yield "subtask of itself", node("subtask", params={"flow": "hostile"})
    yield "subtask nested in itself", node("subtask", params={"flow": _nested_subtasks(12)})
    yield (
        "extra keys",
        node("prompt", module="os", path="/etc/passwd", code=EVIL, requirements=["evil"], env={"A": "B"}),
    )


def _nested_subtasks(depth: int) -> dict[str, Any]:
    inner: dict[str, Any] = node("math", params={"expression": EVIL})
    for _ in range(depth):
        inner = node("subtask", params={"flow": inner})
    return inner


def _texts() -> Iterator[tuple[str, Any]]:
    for i, text in enumerate(TEMPLATES):
        yield f"template {i}", node(params={"prompt": text, "system": text})
        yield f"template {i} in text", node("text", params={"template": text})
    for i, text in enumerate(CONDITIONS):
        yield f"condition {i}", node(params={"prompt": "x"}, options={"when": text})
        yield f"condition {i} in choose", node("choose", params={"condition": text, "when": text})
        yield f"condition {i} in math", node("math", params={"expression": text})


def _values() -> Iterator[tuple[str, Any]]:
    for name, value in {
        "a secret": {"$secret": "OPENAI_API_KEY"},
        "a secret by path": {"$secret": "../../etc/passwd"},
        "a secret of an object": {"$secret": {"$secret": "X"}},
        "a file": {"$file": "/etc/passwd"},
        "a file above": {"$file": "../../../../etc/passwd"},
        "a device": {"$file": "/dev/zero"},
        "a file by url": {"$file": "file:///etc/passwd"},
        "an environment variable": {"$env": "HOME"},
        "an include": {"$ref": "file:///etc/passwd"},
        "a python object": {"py/object": "os.system", "py/reduce": [{"py/function": "os.system"}, ["id"]]},
        "a yaml tag": "!!python/object/apply:os.system ['touch {canary}']",
        "raw in raw": {"$raw": {"$raw": {"$secret": "X"}}},
        "lines": {"$lines": ["a", "{{x}}", EVIL]},
        "lines of no text": {"$lines": [{"$file": "/etc/passwd"}]},
        "a wrapped value with more": {"$file": "a", "$secret": "b"},
        "a pickle": "gASVFAAAAAAAAACMBXBvc2l4lIwGc3lzdGVtlJOULg==",
    }.items():
        yield f"value: {name}", node(params={"prompt": value, "schema": value, "model": value})
    yield (
        "urls",
        node("http", params={"url": "http://169.254.169.254/latest/meta-data", "headers": {"a": "\r\nb: c"}}),
    )
    yield "url of a file", node("http", params={"url": "file:///etc/passwd"})
    yield "file to write", node("file", params={"path": "{canary}", "text": "x", "write": True})
    yield "a model by url", node(params={"prompt": "x", "model": "openai:http://127.0.0.1:9/"})
    yield (
        "a model by path",
        flow(defaults={"model": "scripted:/etc/passwd"}, nodes={"a": {"component": "prompt"}}),
    )
    yield (
        "a schema that loads",
        node(params={"prompt": "x", "schema": {"$ref": "http://127.0.0.1:9/schema.json"}}),
    )
    yield "a schema of a file", node(params={"prompt": "x", "schema": {"$ref": "file:///etc/passwd#/x"}})


def _names() -> Iterator[tuple[str, Any]]:
    for name in ["__class__", "__proto__", "constructor", "__init__", "os", "../x", "a.b", "a/b", "", " ", "a\nb", "A", "état", "inputs",
                 "state", "secrets", "item", "<script>alert(1)</script>", "'; drop table runs; --", "a" * 5000]:  # fmt: skip
        yield f"node id {name[:20]!r}", flow(nodes={name: {"component": "prompt"}})
    yield "input name", flow(inputs={"__class__": {"type": "text"}, "a b": {"type": "os.system"}}, nodes={})
    yield "state keys", flow(state={"__proto__": {"x": 1}, "__class__": {}}, nodes={})
    yield (
        "references",
        node(inputs={"x": "a.__class__", "y": ["os.system", "../../x", "inputs.__dict__"], "__init__": "a"}),
    )
    yield "markup", flow(name="<img src=x onerror=alert(1)>", description="[x](javascript:alert(1))", nodes={
        "a": {"component": "prompt", "title": "<script>fetch('//evil')</script>"}}, layout={"notes": {
            "n": {"text": "<iframe src=//evil>", "x": 0, "y": 0, "width": 1, "height": 1, "color": "url(//evil)"}}})  # fmt: skip


def _shapes() -> Iterator[tuple[str, Any]]:
    yield (
        "cycle",
        flow(
            nodes={
                "a": {"component": "prompt", "inputs": {"x": "b"}},
                "b": {"component": "prompt", "inputs": {"x": "a"}},
            }
        ),
    )
    yield "own cycle", node(inputs={"x": "a"}, after=["a"])
    yield "newer format", {"format": 99, "migrate": EVIL}
    yield "format as code", {"format": EVIL, "nodes": {}}
    yield "types as code", flow(inputs={"x": {"type": EVIL, "default": EVIL, "choices": [EVIL]}}, nodes={})
    yield (
        "options",
        node(
            options={
                "timeout": 1e308,
                "retries": 10**15,
                "on_error": EVIL,
                "default": {"$file": "/etc/passwd"},
            }
        ),
    )
    yield "save", node(params={"prompt": "x", "save": {"__class__.__init__": "__globals__", "../x": "a"}})
    yield (
        "layout far away",
        flow(nodes={"a": {"component": "prompt"}}, layout={"nodes": {"a": [2**52, -(2**52)]}}),
    )


def _sizes() -> Iterator[tuple[str, Any]]:
    yield "deep", "[" * 100_000
    yield "deep objects", '{"a":' * 100_000
    yield "deep params", node(params={"x": json.loads("[" * 60 + "]" * 60)})
    yield "a large text", node(params={"prompt": "x" * 6_000_000})
    yield "many nodes", flow(nodes={f"n{i}": {"component": "prompt"} for i in range(20_001)})
    yield "many references", flow(nodes={"a": {"component": "prompt", "inputs": {"context": ["a"] * 50_000}}})
    yield (
        "a chain",
        flow(nodes={f"n{i}": {"component": "text", "inputs": {"x": f"n{i - 1}"}} for i in range(1, 3000)}),
    )
    yield "long names", flow(nodes={"a": {"component": "x" * 60_000, "title": "y" * 60_000}})


def _raw() -> Iterator[tuple[str, str]]:
    yield "nothing", ""
    yield "not JSON", "import os; os.system('touch {canary}')"
    yield "a pickle", "cos\nsystem\n(S'touch {canary}'\ntR."
    yield "a list", "[]"
    yield "NaN", '{"format": 1, "state": {"x": NaN}}'
    yield "Infinity", '{"format": 1, "state": {"x": 1e999}}'
    yield "a huge number", '{"format": 1, "state": {"x": ' + "9" * 5000 + "}}"
    yield "a key twice", '{"format": 1, "nodes": {}, "nodes": {"a": {"component": "os.system"}}}'
    yield "a lone surrogate", '{"format": 1, "name": "\\ud800"}'
    yield "a byte order mark", '\ufeff{"format": 1}'
    yield "a NUL", '{"format": 1, "name": "a\\u0000b"}'
    yield "right to left", '{"format": 1, "name": "\\u202egnp.exe"}'
    yield "a comment", '{"format": 1} // x'
    yield "two documents", '{"format": 1}{"format": 1}'

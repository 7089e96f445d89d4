"""What a flow says of a tool, made into the tool: a component, or a flow, with the JSON Schema of its inputs.

`"http"`, `"summary"` (a flow of the workspace), or an object:

    component, flow   which, one of the two
    params            what is fixed and no model may choose, as in a node; for a flow, values of its inputs
    arguments         the only inputs that a model may fill; without it all that aren't fixed
    ask               whether a person is asked before each call
    name, description what the model is told, in place of the component's own

What a model writes comes in along edges, as data: no template, secret or expression is ever seen in it. The node that
makes a call is named by its arguments, so that a step that is tried again, or resumed, finds what it has recorded of
the very same call and of no other.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final, NoReturn, cast

from weft.catalog.component import Component
from weft.catalog.kinds import LIVE, PortType, shown
from weft.catalog.loader import Catalog
from weft.catalog.ports import Port
from weft.catalog.tool import Tool
from weft.engine.answer_schema import field_schema, type_schema
from weft.engine.given import type_of_input
from weft.engine.reading import complaint
from weft.model.errors import StepFailed, WeftError
from weft.model.flow import Flow, FlowInput
from weft.model.nearest import nearest
from weft.model.plain import to_plain
from weft.model.refs import is_id
from weft.model.text import from_json
from weft.model.values import unwrap

KEYS: Final = ("component", "flow", "params", "arguments", "ask", "name", "description")
_NAME: Final = re.compile(r"[A-Za-z][A-Za-z0-9_-]{0,63}")
_FIXED: Final = (*LIVE, "condition")
"""Kinds that only whoever writes the flow may fill."""


def tool(entry: Any, catalog: Catalog) -> Tool:
    """The tool that an entry means. Raises `StepFailed` (`bad-tool`) with a sentence."""
    said = _said(entry, catalog)
    for key in said:
        if key not in KEYS:
            _refuse(f"a tool has no {key[:40]!r}", f"It has {', '.join(KEYS)}.")
    if ("component" in said) == ("flow" in said):
        _refuse("it must name either a component or a flow")
    for key, kind in (("params", dict), ("ask", bool), ("name", str), ("description", str)):
        if key in said and not isinstance(said[key], kind):
            _refuse(f"its {key!r} can't be {shown(said[key])}")
    allowed = said.get("arguments")
    if allowed is not None and not (isinstance(allowed, list) and all(isinstance(a, str) for a in allowed)):  # pyright: ignore[reportUnknownVariableType]
        _refuse("its 'arguments' must be a list of names")
    made = _of_flow(said, catalog) if "flow" in said else _of_component(said, catalog)
    if not _NAME.fullmatch(made.name):
        _refuse(
            f"a model can't be told the name {made.name[:40]!r}", "Give it a 'name' of letters and digits."
        )
    return made


def _said(entry: Any, catalog: Catalog) -> dict[str, Any]:
    match entry:
        case str():
            known = catalog.get(entry) is not None or catalog.flows(entry) is None
            return {"component" if known else "flow": entry}
        case dict():
            return cast("dict[str, Any]", entry)
        case _:
            _refuse(f"it must be a name or an object, not {shown(entry)}")


# --- a component ---


def _of_component(said: Mapping[str, Any], catalog: Catalog) -> Tool:
    key = said["component"]
    component = catalog.get(key) if isinstance(key, str) else None
    if component is None:
        close = catalog.nearest(key) if isinstance(key, str) else None
        hint = f"Did you mean {close!r}?" if close else "Name a component, or a flow of this workspace."
        _refuse(f"there is no component or flow {shown(key)}", hint)
    fixed = said.get("params", {})
    ports = component.ports({name: unwrap(value) for name, value in fixed.items()})
    if ports.faults:
        _refuse(f"{component.key!r}: {ports.faults[0].message.rstrip('.')}")
    inputs = {port.name: port for port in ports.inputs}
    _known(fixed, inputs, component.key)
    _fit(component.key, {name: complaint(inputs[name], unwrap(value)) for name, value in fixed.items()})
    _known(said.get("arguments") or (), inputs, component.key)
    given = {
        name: port
        for name, port in inputs.items()
        if name not in fixed and _kind(port) not in _FIXED and name in (said.get("arguments") or inputs)
    }
    for port in inputs.values():
        if port.required and port.name not in fixed and port.name not in given:
            _refuse(f"{component.key!r} needs its {port.name!r} written in 'params'")
    outputs = [port.name for port in ports.outputs if port.type.kind != "messages"]
    schema = _schema({name: _port_schema(component, port) for name, port in given.items()})
    schema["required"] = [name for name, port in given.items() if port.required]

    def flow_for(arguments: Mapping[str, Any]) -> tuple[Flow, dict[str, Any]]:
        names = {name: name if is_id(name) else f"argument{at}" for at, name in enumerate(given)}
        wired = {name: given[name] for name in arguments}
        node_id = _node_id(component.name, arguments)
        document = {
            "format": 1,
            "inputs": {names[name]: _flow_input(port) for name, port in wired.items()},
            "outputs": {
                (name if is_id(name) else f"output{at}"): f"{node_id}.{name}"
                for at, name in enumerate(outputs)
            },
            "nodes": {
                node_id: {
                    "component": component.key,
                    "title": component.title,
                    "params": fixed,
                    "inputs": {
                        name: [f"inputs.{names[name]}"] if port.many else f"inputs.{names[name]}"
                        for name, port in wired.items()
                    },
                }
            },
        }
        return from_json(document), {names[name]: _literal(value) for name, value in arguments.items()}

    return Tool(
        said.get("name") or component.name,
        said.get("description") or component.help or component.title,
        schema,
        said.get("ask", False),
        flow_for,
    )


def _kind(port: Port) -> str:
    return (port.type.item or port.type).kind


def _port_schema(component: Component, port: Port) -> dict[str, Any]:
    hints = component.ui.get(port.name)
    exact = cast("Mapping[str, Any]", hints).get("json_schema") if isinstance(hints, Mapping) else None
    if isinstance(exact, dict):  # of a tool from elsewhere, which says more than the type of a port
        return dict(cast("dict[str, Any]", exact))
    kind = PortType("text") if port.type.kind == "template" else port.type
    schema = type_schema(PortType(kind.kind, kind.item, port.choices or kind.choices))
    if port.help:
        schema["description"] = port.help
    if not port.required and port.default is not None:
        schema["default"] = port.default
    return schema


def _flow_input(port: Port) -> dict[str, Any]:
    plain = {"template": "text", "expression": "any"}.get(port.type.kind, str(port.type))
    return {"type": plain}


def _literal(value: Any) -> Any:
    """What a model wrote is nothing but data, whatever it looks like."""
    literal: dict[str, Any] = {"$raw": value}
    return literal if isinstance(value, dict | list) else value


def _node_id(name: str, arguments: Mapping[str, Any]) -> str:
    text = json.dumps(to_plain(dict(arguments)), sort_keys=True, ensure_ascii=True)
    return f"{name[:54]}_{hashlib.sha256(text.encode()).hexdigest()[:8]}"


# --- a flow ---


def _of_flow(said: Mapping[str, Any], catalog: Catalog) -> Tool:
    name = said["flow"]
    try:
        flow = catalog.flows(name) if isinstance(name, str) else None
    except WeftError as error:
        _refuse(error.message.rstrip("."), error.hint)
    if flow is None:
        _refuse(f"there is no flow {shown(name)}", "Name a flow of this workspace.")
    types = {one: _type(name, one, declared) for one, declared in flow.inputs.items()}
    fixed = said.get("params", {})
    _known(fixed, flow.inputs, name)
    _fit(name, {one: types[one].complaint(unwrap(value)) for one, value in fixed.items()})
    _known(said.get("arguments") or (), flow.inputs, name)
    given = {
        one: declared
        for one, declared in flow.inputs.items()
        if one not in fixed and one in (said.get("arguments") or flow.inputs)
    }
    for one, declared in flow.inputs.items():
        if one not in given and one not in fixed and not declared.has_default:
            _refuse(f"the flow {name!r} needs its input {one!r} written in 'params'")
    schema = _schema({one: field_schema(declared) for one, declared in given.items()})
    schema["required"] = [one for one, declared in given.items() if not declared.has_default]

    def flow_for(arguments: Mapping[str, Any]) -> tuple[Flow, dict[str, Any]]:
        inputs = {**fixed, **{one: _literal(value) for one, value in arguments.items()}}
        node_id = _node_id(
            re.sub(r"[^a-z0-9_]", "_", name.lower()).lstrip("_0123456789") or "flow", arguments
        )
        call = {
            "component": "subtask",
            "title": flow.name or name,
            "params": {"flow": name},
            "inputs": {one: f"inputs.{one}" for one in inputs},
        }
        document = {
            "format": 1,
            "inputs": {one: _declared(flow, one) for one in inputs},
            "outputs": {one: f"{node_id}.{one}" for one in flow.outputs or flow.sinks()},
            "nodes": {node_id: call},
        }
        return from_json(document), inputs

    return Tool(
        said.get("name") or name,
        said.get("description") or flow.description or flow.name or name,
        schema,
        said.get("ask", False),
        flow_for,
    )


def _declared(flow: Flow, name: str) -> dict[str, Any]:
    return {"type": flow.inputs[name].type}


# --- both ---


def _schema(properties: dict[str, Any]) -> dict[str, Any]:
    return {"type": "object", "properties": properties, "required": [], "additionalProperties": False}


def _known(names: Any, there: Mapping[str, Any], of: str) -> None:
    for name in names:
        if name not in there:
            close = nearest(str(name), there)
            hint = f"Did you mean {close!r}?" if close else f"It has {', '.join(there) or 'none'}."
            _refuse(f"{of!r} has no input {shown(name)}", hint)


def _type(of: str, name: str, declared: FlowInput) -> PortType:
    try:
        return type_of_input(declared)
    except ValueError as error:
        _refuse(f"the input {name!r} of the flow {of!r} has a type that is none", f"{error}.")


def _fit(of: str, complaints: Mapping[str, str]) -> None:
    for name, wrong in complaints.items():
        if wrong:
            _refuse(f"what is fixed of {of!r} as {name!r} doesn't fit: {wrong}")


def _refuse(why: str, hint: str = "") -> NoReturn:
    raise StepFailed(f"This can't be a tool: {why}.", code="bad-tool", hint=hint, retryable=False)

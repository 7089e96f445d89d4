"""Is each node, for itself, one that can run: its name, component, params, texts and options?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, cast

from weft.catalog import expression
from weft.catalog.fits import ADAPTERS, compatible
from weft.catalog.kinds import PortType
from weft.catalog.ports import Port
from weft.catalog.upgrades import upgraded
from weft.engine.check import keys, tools
from weft.engine.check.seen import Seen, bad_name, fix, meant, slug
from weft.engine.reading import SAVE, complaint
from weft.model.changes import RenameNode, SetComponent, SetOptions, SetParam, Transaction, UnsetParam
from weft.model.errors import StepFailed, WeftError
from weft.model.flow import Node
from weft.model.problems import Problem
from weft.model.refs import is_id


def problems(seen: Seen) -> Iterator[Problem]:
    """Node by node."""
    for node_id, node in seen.flow.nodes.items():
        yield from of_node(seen, node_id, node)


def of_node(seen: Seen, node_id: str, node: Node) -> Iterator[Problem]:
    """What is wrong with one node by itself."""
    if not is_id(node_id):
        to = slug(node_id, seen.flow.nodes)
        yield bad_name(
            "node", node_id, ("nodes", node_id), fix(f"Rename it to {to}", RenameNode(id=node_id, to=to))
        )
    if node_id in seen.kinds:
        if node.params:
            yield from _params(seen, node_id, node)
            yield from _save(node_id, node)
            if seen.kinds[node_id].tool_ports:
                yield from tools.of_node(seen, node_id, seen.kinds[node_id])
        for fault in seen.ports[node_id].faults:
            pointer = ("nodes", node_id, "params", *([fault.port] if fault.port else []))
            message = f"{node_id!r}: {fault.message}"
            yield Problem(fault.code, message, node_id, fault.port, hint=fault.hint, pointer=pointer)
    else:
        yield _unknown_component(seen, node_id, node)
    if node.params:
        yield from keys.of_node(node_id, node)
    if node.options.model_fields_set:
        yield from _options(seen, node_id, node)


def _unknown_component(seen: Seen, node_id: str, node: Node) -> Problem:
    pointer = ("nodes", node_id, "component")
    there = seen.catalog.latest(node.component)
    if there is not None:
        message = f"{node_id!r} was made for {node.component!r}, and what there is is {there.key!r}."
        hint = "Bring the node up to date, or install the component in that version."
        return Problem(
            "other-version", message, node_id, fix=_upgrade(seen, node_id, node), hint=hint, pointer=pointer
        )
    close = seen.catalog.nearest(node.component)
    better = fix(f"Use {close}", SetComponent(node=node_id, component=close)) if close else None
    hint = f"Did you mean {close!r}?" if close else "Put its file into the workspace's folder 'components'."
    message = f"{node_id!r} uses the component {node.component[:64]!r}, which isn't there."
    return Problem("unknown-component", message, node_id, fix=better, hint=hint, pointer=pointer)


def _upgrade(seen: Seen, node_id: str, node: Node) -> Transaction | None:
    try:
        return upgraded(node_id, node, seen.catalog)
    except WeftError:
        return None


# --- params ---


def _params(seen: Seen, node_id: str, node: Node) -> Iterator[Problem]:
    ports = {port.name: port for port in seen.ports[node_id].inputs}
    values = seen.params[node_id]
    for name in node.params:
        if name == SAVE:
            continue
        port, pointer = ports.get(name), ("nodes", node_id, "params", name)
        if port is None:
            yield _unknown_param(seen, node_id, node, name, ports)
        elif name in values and (reason := complaint(port, values[name])):
            message = f"The param {name!r} of {node_id!r} doesn't fit: {reason}."
            yield Problem(
                "bad-param",
                message,
                node_id,
                name,
                fix=_convert(node_id, port, values[name]),
                pointer=pointer,
            )


def _unknown_param(seen: Seen, node_id: str, node: Node, name: str, ports: dict[str, Port]) -> Problem:
    close = seen.nearest(name, [port for port in ports if port not in node.params])
    remove = UnsetParam(node=node_id, name=name)
    repair = fix(f"Remove the param {name}", remove)
    if close is not None:
        repair = fix(
            f"Rename it to {close}", SetParam(node=node_id, name=close, value=node.params[name]), remove
        )
    message = f"{node_id!r} has a param {name!r}, and its component {node.component!r} no such port."
    hint, pointer = meant(close, ports, "ports"), ("nodes", node_id, "params", name)
    return Problem("unknown-param", message, node_id, name, fix=repair, hint=hint, pointer=pointer)


def _convert(node_id: str, port: Port, value: Any) -> Transaction | None:
    """The same value as the port would take it; else, where a port can go without, no value."""
    kind = (
        PortType("text")
        if isinstance(value, str)
        else PortType("number")
        if type(value) in (int, float)
        else None
    )
    fit = compatible(kind, port.type) if kind is not None else None
    if fit is not None and fit.ok and fit.adapter is not None:
        try:
            better = ADAPTERS[fit.adapter](value, port.name)
        except StepFailed:
            better = value
        if not complaint(port, better):
            return fix(f"Make it {better!r}", SetParam(node=node_id, name=port.name, value=better))
    return (
        None
        if port.required
        else fix(f"Remove the param {port.name}", UnsetParam(node=node_id, name=port.name))
    )


def _save(node_id: str, node: Node) -> Iterator[Problem]:
    if SAVE not in node.params:
        return
    value, pointer = node.params[SAVE], ("nodes", node_id, "params", SAVE)
    entries = cast("dict[str, Any]", value) if isinstance(value, dict) else None
    if entries is None or not all(isinstance(path, str) for path in entries.values()):
        message = f"`save` of {node_id!r} must be an object of state path: path in the answer."
        hint = 'Such as {"plan": ""} for the whole answer, or {"plan.title": "title"}.'
        repair = fix("Remove the param save", UnsetParam(node=node_id, name=SAVE))
        yield Problem("bad-param", message, node_id, SAVE, fix=repair, hint=hint, pointer=pointer)
        return
    for place in entries:
        if not all(place.removeprefix("state.").split(".")):
            message = f"`save` of {node_id!r} has the state path {place[:64]!r}, which has an empty part."
            yield Problem(
                "bad-param",
                message,
                node_id,
                SAVE,
                hint="Write it such as 'plan.title'.",
                pointer=(*pointer, place),
            )


# --- options ---


def _options(seen: Seen, node_id: str, node: Node) -> Iterator[Problem]:
    options, pointer = node.options, ("nodes", node_id, "options")
    for problem in expression.problems(options.when) if options.when is not None else ():
        message = f"The `when` of {node_id!r} can't be read: {problem.message}"
        yield Problem(
            "bad-expression", message, node_id, hint=f"At {problem.place}.", pointer=(*pointer, "when")
        )
    if options.on_error == "continue" and "default" not in options.model_fields_set:
        skip = options.model_copy(update={"on_error": "skip"})
        yield Problem(
            "missing-default",
            f"{node_id!r} is to continue when it fails, but has no default to continue with.",
            node_id,
            fix=fix("Skip it instead when it fails", SetOptions(node=node_id, options=skip)),
            hint="Give it a default.",
            pointer=(*pointer, "on_error"),
        )
    elif options.on_error == "continue" and (reason := _misfit(seen, node_id, options.default)):
        message = f"The default of {node_id!r} doesn't fit its output: {reason}."
        yield Problem(
            "bad-option", message, node_id, hint="Change the default.", pointer=(*pointer, "default")
        )
    for name in ("timeout", "retries"):
        value = getattr(options, name)
        if value is not None and (value < 0 or (name == "timeout" and value == 0)):
            unset = options.model_copy(update={name: None})
            message = f"The {name} of {node_id!r} can't be {value:g}."
            repair = fix(f"Remove the {name}", SetOptions(node=node_id, options=unset))
            yield Problem("bad-option", message, node_id, fix=repair, pointer=(*pointer, name))
    if options.otherwise == "previous" and options.when is None:
        message = f"{node_id!r} says what to do otherwise, but has no `when`."
        yield Problem("bad-option", message, node_id, severity="warning", pointer=(*pointer, "otherwise"))


def _misfit(seen: Seen, node_id: str, default: Any) -> str:
    ports = seen.ports.get(node_id)
    return ports.outputs[0].type.complaint(default) if ports is not None and ports.outputs else ""

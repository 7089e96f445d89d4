"""The ports of one node: what its component declares, and what its params add."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any, Final, NamedTuple

from weft.catalog import expression, template
from weft.catalog.annotations import Reading, read
from weft.catalog.kinds import WRITTEN, PortType
from weft.model.flow import FlowInput
from weft.model.refs import is_port

EMPTY: Final[Mapping[str, Any]] = MappingProxyType({})
RESERVED: Final = frozenset(("save", "state"))
"""No port may be called so: `save` is a param of every node, `state` the run's document."""

Params = Mapping[str, Any]
PortsOf = Callable[[Params], Mapping[str, Mapping[str, Any]]]
"""What `ports=` takes: the node's params in, `{"inputs": {name: annotation}, "outputs": {name: annotation}}` out.

In place of an annotation may stand a type's name as in a flow file (`"list[text]"`) or a flow's input. What is wrong
with the params can be said too, a sentence for each: `"problems": {param: sentence}`; it blocks runs of the node.
"""


@dataclass(frozen=True, slots=True)
class Port:
    """A named, typed input or output. `many` takes several edges; `required` must be filled, by hand or by wire."""

    name: str
    type: PortType
    required: bool = False
    default: Any = None
    many: bool = False
    help: str = ""
    choices: tuple[Any, ...] = ()
    multiline: bool = False


class PortFault(NamedTuple):
    """Why the ports of a node aren't all that its params ask for: a `Problem` without its node."""

    code: str
    message: str
    port: str | None
    hint: str = ""


class Ports(NamedTuple):
    """The ports of one node. The first output is the main one."""

    inputs: tuple[Port, ...]
    outputs: tuple[Port, ...]
    faults: tuple[PortFault, ...] = ()

    def input(self, name: str) -> Port | None:
        """The input of that name."""
        return next((port for port in self.inputs if port.name == name), None)

    def output(self, name: str | None) -> Port | None:
        """The output of that name; None for the main one."""
        if name is None:
            return self.outputs[0] if self.outputs else None
        return next((port for port in self.outputs if port.name == name), None)


def grow(declared: Ports, ports_of: PortsOf | None, params: Params, context: str | None = None) -> Ports:
    """The declared ports and what these params add. Never raises: what can't be had is in `faults`.

    `context` is the parameter that takes the `Context`: no port may have its name either.
    """
    growth = _Growth(declared, params, context)
    growth.holes()
    if ports_of is not None:
        growth.ask(ports_of)
    return Ports(tuple(growth.inputs.values()), tuple(growth.outputs.values()), tuple(growth.faults))


class _Growth:
    def __init__(self, declared: Ports, params: Params, context: str | None) -> None:
        self.params = params
        self.inputs = {port.name: port for port in declared.inputs}
        self.outputs = {port.name: port for port in declared.outputs}
        self.taken = frozenset((*self.inputs, *RESERVED, *([context] if context else [])))
        self.faults: list[PortFault] = []

    def holes(self) -> None:
        """The names in texts that are written by hand."""
        written = [port for port in self.inputs.values() if port.type.kind in WRITTEN]
        for port in written:
            text = self.params.get(port.name, port.default)
            if type(text) is not str:
                continue
            language = template if port.type.kind == "template" else expression
            code = "bad-template" if language is template else "bad-expression"
            for problem in language.problems(text):
                self.faults.append(PortFault(code, f"{problem.place}: {problem.message}", port.name))
            if port.type.kind == "condition":
                continue  # the component fills its names
            for name, required in language.names(text).items():
                self.hole(port, name, required)

    def hole(self, port: Port, name: str, required: bool) -> None:
        if name in self.taken:
            shown = f"{{{{{name}}}}}" if port.type.kind == "template" else repr(name)
            message = f"{shown} has the name of a port this component already has."
            self.faults.append(PortFault("port-clash", message, port.name, "Use another name."))
            return
        known = self.inputs.get(name)
        required = required or (known is not None and known.required)
        self.inputs[name] = Port(
            name, PortType("any"), required=required, help=f"Fills {name} in {port.name}."
        )

    def ask(self, ports_of: PortsOf) -> None:
        """What the component's own function says. It is someone's code: whatever it raises is a fault of the node."""
        try:
            answer = ports_of(MappingProxyType(dict(self.params)))
            inputs = list(_described(answer.get("inputs", EMPTY)))
            outputs = list(_described(answer["outputs"])) if "outputs" in answer else None
            wrong = {str(port): str(said) for port, said in answer.get("problems", EMPTY).items()}
        except Exception as error:  # noqa: BLE001
            message = f"The ports of this node can't be told: {type(error).__name__}: {error}"
            self.faults.append(
                PortFault("ports-failed", message[:500], None, "Change its params, or the component.")
            )
            return
        self.faults += [PortFault("bad-param", said[:500], port) for port, said in wrong.items()]
        for port in inputs:
            if port.name in self.inputs or port.name in self.taken:
                message = f"The port {port.name!r} has the name of a port this component already has."
                self.faults.append(PortFault("port-clash", message, None, "Use another name."))
            else:
                self.inputs[port.name] = port
        if outputs is not None:
            self.outputs = {port.name: Port(port.name, port.type, help=port.help) for port in outputs}


def _described(ports: Mapping[str, Any]) -> Iterator[Port]:
    for name, given in ports.items():
        if not is_port(name):
            raise TypeError(f"{name!r} is no name of a port")
        if isinstance(given, FlowInput):
            yield port_of_input(name, given)
            continue
        reading = Reading(PortType.parse(given)) if isinstance(given, str) else read(given)
        if reading.type.kind in WRITTEN:
            raise TypeError(f"the port {name!r} can't be {reading.type}; declare it as a parameter")
        yield port(name, reading.type, required=not reading.nullable, help=reading.help)


def port(name: str, port_type: PortType, *, required: bool, default: Any = None, help: str = "") -> Port:
    """A port with what follows from its type. A model is never required: there is always one to fall back to."""
    return Port(
        name,
        port_type,
        required=required and port_type.kind != "model",
        default=default,
        many=port_type.kind == "list",
        help=help,
        choices=port_type.choices,
        multiline=port_type.kind == "template",
    )


def port_of_input(name: str, given: FlowInput) -> Port:
    """A flow's input, seen as a port of whoever runs that flow."""
    kind = PortType.parse(given.type)
    return Port(
        name,
        PortType(kind.kind, kind.item, tuple(given.choices)),
        required=not given.has_default,
        default=given.default,
        many=kind.kind == "list",
        help=given.description,
        choices=tuple(given.choices),
        multiline=given.multiline,
    )

"""What the inputs of a node can take: inputs of the flow, and outputs of nodes that don't wait for it.

Asked at every selection and every edit, of flows with ten thousand nodes: who waits for whom is known where the flow is
checked, the list of outputs is made once for each revision, and only as many are looked at as are offered.
"""

from collections.abc import Iterator
from functools import cache
from itertools import islice

from weft.catalog.fits import compatible
from weft.catalog.kinds import PortType
from weft.ui.inspector.rows import Choices
from weft.ui.session import Session

MOST_SOURCES = 200  # references offered in a form; in a larger flow one connects on the canvas

Output = tuple[str, str, PortType]
"""The reference, its node, its type."""


class Above:
    """Follows one session from revision to revision."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._of: tuple[object, object] = (None, None)
        self._outputs: list[Output] = []
        self._types: dict[str, str] = {}

    def outputs(self) -> list[Output]:
        """Every reference there is: flow inputs, then each node's outputs, the main one by the node's bare name."""
        flow, ports = self._session.flow, self._session.document.ports
        if self._of[0] is not flow.inputs or self._of[1] is not ports:
            self._of, self._types = (flow.inputs, ports), {}
            self._outputs = [
                (f"inputs.{name}", "inputs", _type(declared.type)) for name, declared in flow.inputs.items()
            ]
            for node in flow.nodes:
                its = ports.get(node)
                for index, port in enumerate(its.outputs if its else ()):
                    self._outputs.append((f"{node}.{port.name}" if index else node, node, port.type))
        return self._outputs

    def type_of(self, ref: str) -> str:
        """The type of what a reference gives; "any" if nothing does."""
        outputs = self.outputs()
        if not self._types:
            self._types = {name: str(kind) for name, _, kind in outputs}
        return self._types.get(ref, "any")

    def sources(self, node: str) -> "Sources":
        return Sources(self.outputs(), self._downstream(node))

    def _downstream(self, node: str) -> set[str]:
        """The node and all that needs it: taking a value from there would close a cycle."""
        readers = self._session.document.readers
        seen, ahead = {node}, [node]
        while ahead:
            new = readers.get(ahead.pop(), set[str]()) - seen
            seen |= new
            ahead += new
        return seen


class Sources:
    """What one node can take."""

    def __init__(self, outputs: list[Output], below: set[str]) -> None:
        self._outputs, self._below = outputs, below
        self._fitting: dict[PortType, Choices] = {}

    def __call__(self, target: PortType) -> Choices:
        """For a port of this type."""
        if target not in self._fitting:
            self._fitting[target] = [(ref, ref) for ref in islice(self._refs(target), MOST_SOURCES)]
        return self._fitting[target]

    def _refs(self, target: PortType) -> Iterator[str]:
        return (ref for ref, node, kind in self._outputs if node not in self._below and _fits(kind, target))


@cache
def _fits(source: PortType, target: PortType) -> bool:
    if compatible(source, target).ok:
        return True
    return target.item is not None and compatible(source, target.item).ok


def _type(text: str) -> PortType:
    try:
        return PortType.parse(text)
    except ValueError:
        return PortType("any")

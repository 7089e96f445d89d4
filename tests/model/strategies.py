"""Random flows and transactions for Hypothesis.

`flows()` makes well-formed documents: acyclic, every reference leading somewhere. `odd_flows()` adds what a file written
by hand may hold and must survive: cycles, references into nothing, bad ids, unknown keys, empty lists.
"""

from collections.abc import Callable, Collection
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st

from weft.model import DocumentError, Flow, Transaction, from_json, read_transaction, to_json

Json = dict[str, Any]

ids = st.sampled_from(["a", "b", "c", "d", "e1", "f_2", "long_name_of_a_node", "z"])
ports = st.sampled_from(["p", "q", "text", "Context", "_x1"])
lines = st.sampled_from(
    ["", "one\ntwo", "\n", "a\r\nb\n", "{{topic}}", "x" * 130, "é\u2028\x00\x7f", '"\\/', "$lines"]
)
texts = lines | st.text(max_size=6)
numbers = st.one_of(
    st.integers(-(2**53), 2**53),
    st.floats(-(2.0**53), 2.0**53),
    st.sampled_from([0, 1, 0.1, -0.0, 1e-7, 5e-324]),
)
scalars = st.one_of(st.none(), st.booleans(), numbers, texts)
keys = st.sampled_from(["", "a", "b", "key with spaces", "é", "a$", "op"])


def nested(leaves: st.SearchStrategy[Any], names: st.SearchStrategy[str]) -> st.SearchStrategy[Any]:
    """JSON up to three levels deep."""
    for _ in range(2):
        leaves = st.one_of(leaves, st.lists(leaves, max_size=3), st.dictionaries(names, leaves, max_size=3))
    return leaves


literals = nested(scalars, keys | st.sampled_from(["$lines", "$secret", "$x"]))
wrapped = st.one_of(
    st.builds(lambda name: {"$secret": name}, ports),
    st.builds(lambda name: {"$file": f"notes/{name}.md"}, ids),
    st.builds(lambda value: {"$raw": value}, literals),
)
values = nested(scalars | wrapped, keys)
coordinates = st.integers(-(10**6), 10**6)
points = st.tuples(coordinates, coordinates).map(list)


def parts(**fields: st.SearchStrategy[Any]) -> st.SearchStrategy[Json]:
    """Objects with any of the fields."""
    return st.fixed_dictionaries({}, optional=fields)


seconds = st.one_of(st.integers(1, 600), st.floats(0.001, 600))
budgets = parts(max_cost=seconds, max_tokens=st.integers(1, 10**9))
options = parts(
    timeout=seconds,
    retries=st.integers(0, 5),
    on_error=st.sampled_from(["fail", "skip", "continue"]),
    default=values,
    when=texts,
    otherwise=st.sampled_from(["skip", "previous"]),
    cache=st.sampled_from(["auto", "never"]),
    disabled=st.booleans(),
    budget=budgets,
)
flow_inputs = parts(
    type=st.sampled_from(["text", "number", "json", "list[text]"]),
    default=values,
    description=texts,
    choices=st.lists(values, max_size=3),
    multiline=st.booleans(),
)
colors = st.sampled_from(["", "yellow", "#ffcc00"])
defaults = parts(
    model=st.sampled_from(["demo", "openai:gpt-5-mini"]),
    timeout=seconds,
    retries=st.integers(0, 5),
    system=texts,
    budget=budgets,
)
notes = parts(text=texts, x=coordinates, y=coordinates, width=coordinates, height=coordinates, color=colors)
frames = parts(title=texts, x=coordinates, y=coordinates, width=coordinates, height=coordinates, color=colors)
states = st.dictionaries(keys, values, max_size=3)


def nodes(refs: st.SearchStrategy[str], after: st.SearchStrategy[list[str]]) -> st.SearchStrategy[Json]:
    """Nodes wired to any of `refs`."""
    return st.fixed_dictionaries(
        {"component": st.sampled_from(["prompt", "text", "json@2", "gone"])},
        optional={
            "title": texts,
            "params": st.dictionaries(ports, values, max_size=3),
            "inputs": st.dictionaries(ports, refs | st.lists(refs, min_size=1, max_size=3), max_size=3),
            "after": after,
            "options": options,
        },
    )


@st.composite
def documents(draw: st.DrawFn, *, odd: bool = False) -> Json:
    """A flow as plain data."""
    names = draw(st.lists(ids, min_size=1, max_size=5, unique=True))
    inputs = draw(st.dictionaries(ids, flow_inputs, max_size=3))
    sources = [f"inputs.{name}" for name in inputs]
    document: Json = {"format": 1, "inputs": inputs, "nodes": {}}
    for name in names:
        earlier = names if odd else list(document["nodes"])
        known = [*sources, *earlier, *(f"{node}.data" for node in earlier)]
        wild = ["gone", "gone.x", "inputs.gone", "inputs", "a b", "state.x"] if odd else []
        refs = st.sampled_from([*known, *wild]) if known or wild else st.nothing()
        waits = [*earlier, "gone"] if odd else earlier
        after = st.lists(st.sampled_from(waits), max_size=2, unique=True) if waits else st.just([])
        document["nodes"][name] = draw(
            nodes(refs, after) if known or wild else nodes(st.just(""), after).map(_unwired)
        )
    order = draw(st.permutations(names))
    document["nodes"] = {name: document["nodes"][name] for name in order}
    ends = [*sources, *names]
    document["outputs"] = draw(st.dictionaries(ids, st.sampled_from(ends), max_size=3)) if ends else {}
    placed = [*names, "inputs", "outputs", *(["gone", "zz"] if odd else [])]
    drawn = st.dictionaries(st.sampled_from(placed), points)
    document |= draw(parts(name=texts, description=texts, state=states, defaults=defaults))
    document["layout"] = draw(
        parts(
            nodes=drawn,
            notes=st.dictionaries(ids, notes, max_size=2),
            frames=st.dictionaries(ids, frames, max_size=2),
        )
    )
    return draw(_with_oddities(document)) if odd else document


def flows() -> st.SearchStrategy[Flow]:
    """Well-formed flows."""
    return documents().map(from_json)


def odd_flows() -> st.SearchStrategy[Flow]:
    """Flows with anything in them that can be read."""
    return documents(odd=True).map(from_json)


def _unwired(node: Json) -> Json:
    return {key: value for key, value in node.items() if key != "inputs"}


@st.composite
def _with_oddities(draw: st.DrawFn, document: Json) -> Json:
    """Unknown keys, bad names and empty lists, here and there."""
    unknown = st.dictionaries(st.sampled_from(["optoins", "$schema", "zzz", "a"]), values, max_size=2)
    bad = st.sampled_from(["Bad Name", "a.b", "", "inputs", "x.y.z", "inputs.a"])
    for part in [document, document["layout"], *document["nodes"].values(), *document["inputs"].values()]:
        part |= {key: value for key, value in draw(unknown).items() if key not in part}
    for section in ("nodes", "inputs", "outputs"):
        if document[section] and draw(st.booleans()):
            name = draw(st.sampled_from(list(document[section])))
            document[section][draw(bad)] = document[section].pop(name)
    for node in document["nodes"].values():
        if draw(st.booleans()):
            node.setdefault("inputs", {})[draw(ports)] = []
    return document


class Names:
    """What a change of a flow may name: mostly what is there, sometimes what isn't."""

    def __init__(self, flow: Flow) -> None:
        sections = (flow.nodes, flow.inputs, flow.outputs)
        self.node, self.given, self.made = (
            st.sampled_from([*list(section) * 6, "gone"]) for section in sections
        )
        self.fresh = ids | st.sampled_from(["new", "gone", "Bad Name", "state"])
        self.ref = st.one_of(
            self.node, st.builds("{}.data".format, self.node), st.builds("inputs.{}".format, self.given)
        )
        self.note = st.sampled_from([*flow.layout.notes, "n"])
        self.frame = st.sampled_from([*flow.layout.frames, "f"])
        self.card = self.node | st.sampled_from(["inputs", "outputs"])


Fields = dict[str, st.SearchStrategy[Any]]
index = st.none() | st.integers(0, 5)
CHANGES: dict[str, Callable[[Names], Fields]] = {
    "add-node": lambda names: {
        "id": names.fresh,
        "node": nodes(names.ref, st.lists(names.node, max_size=2)),
        "at": st.none() | points,
        "index": index,
    },
    "remove-node": lambda names: {"id": names.node},
    "rename-node": lambda names: {"id": names.node, "to": names.fresh},
    "set-component": lambda names: {"node": names.node, "component": ids},
    "set-title": lambda names: {"node": names.node, "title": texts},
    "set-param": lambda names: {"node": names.node, "name": ports, "value": values},
    "unset-param": lambda names: {"node": names.node, "name": ports},
    "connect": lambda names: {
        "node": names.node,
        "port": ports,
        "ref": names.ref,
        "many": st.booleans(),
        "index": index,
    },
    "set-after": lambda names: {"node": names.node, "after": st.lists(names.node, max_size=3)},
    "set-options": lambda names: {"node": names.node, "options": options},
    "move": lambda names: {"positions": st.dictionaries(names.card, st.none() | points, max_size=3)},
    "set-input": lambda names: {"name": names.given | names.fresh, "input": flow_inputs, "index": index},
    "remove-input": lambda names: {"name": names.given},
    "rename-input": lambda names: {"name": names.given, "to": names.fresh},
    "set-output": lambda names: {"name": names.made | names.fresh, "ref": names.ref, "index": index},
    "remove-output": lambda names: {"name": names.made},
    "rename-output": lambda names: {"name": names.made, "to": names.fresh},
    "set-state": lambda names: {"state": states},
    "set-defaults": lambda names: {"defaults": defaults},
    "set-name": lambda names: {"name": texts},
    "set-description": lambda names: {"description": texts},
    "set-note": lambda names: {"id": names.note, "note": st.none() | notes},
    "set-frame": lambda names: {"id": names.frame, "frame": st.none() | frames},
}
_OFTEN = [
    "add-node",
    "remove-node",
    "remove-node",
    "rename-node",
    "rename-node",
    "connect",
    "connect",
    "set-after",
]


@st.composite
def within(draw: st.DrawFn, flow: Flow) -> tuple[Flow, Json]:
    """The flow with one written in a node of it, perhaps not as we would write it, and a change of that."""
    inner = draw(documents(odd=draw(st.booleans())))
    name, port = draw(st.sampled_from([*flow.nodes])), draw(ports)
    each = draw(st.lists(changes(from_json(inner)), min_size=1, max_size=3))
    written = to_json(from_json(inner)) if draw(st.booleans()) else inner
    node = flow.nodes[name].model_copy(update={"params": {**flow.nodes[name].params, port: written}})
    try:
        around = from_json(to_json(flow.model_copy(update={"nodes": {**flow.nodes, name: node}})))
    except DocumentError:  # such as a key that a document may have, and a value in one may not
        reject()
    return around, {"op": "within", "node": name, "port": port, "changes": each}


@st.composite
def changes(draw: st.DrawFn, flow: Flow, only: Collection[str] = ()) -> Json:
    """One change that may well be refused, of those ops."""
    wired = [
        (name, port, text)
        for name, node in flow.nodes.items()
        for port in node.inputs
        for text in node.refs(port)
    ]
    op = draw(
        st.sampled_from(
            [*(only or [*CHANGES, *_OFTEN]), *(["disconnect", "reorder"] * 2 if wired and not only else [])]
        )
    )
    if op in CHANGES:
        return {"op": op, **draw(st.fixed_dictionaries(CHANGES[op](Names(flow))))}
    name, port, text = draw(st.sampled_from(wired))
    if op == "disconnect":
        return {"op": op, "node": name, "port": port, "ref": text}
    return {"op": op, "node": name, "port": port, "refs": draw(st.permutations(flow.nodes[name].refs(port)))}


@st.composite
def transactions(draw: st.DrawFn, flow: Flow) -> Transaction:
    """A transaction for a flow; each of its changes is drawn for the flow as it is before the first."""
    return read_transaction(
        {"changes": draw(st.lists(changes(flow), min_size=1, max_size=4)), "label": "Edit"}
    )

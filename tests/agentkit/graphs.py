"""Random graphs of everything AgentKit has, as plain data that both sides are built from.

    {"db": {...} or None, "nodes": [{"key", "prompt", "system"?, "check"?}], "edges": [[from, to, prepend]],
     "orders": [[from, to]], "passes": 1}

    check: {"type": "dict" | "list", "keys": [...], "length": n or None, "save": {place in db: key of the answer},
            "acts": [{"flag", "skip": [keys], "cut": [[from, to]], "grow": {"nodes", "edges"}}]}

A check that saves or acts has a database. Whatever touches a place of the database that is written is ordered: where
AgentKit goes by the order of its queue, and we refuse to guess, there is nothing to compare.
"""

from itertools import pairwise
from typing import Any

from hypothesis import strategies as st

Graph = dict[str, Any]

PIECES = (
    "Plan.", "What of it?", " ", "\n", "{{topic}}", "{", "{{", "}}", "\\", "\\{{", "$5", "$db.", "$", "$db.never.set$",
    "$db.a$", "$db.b.c$", "$db.b.d$", "$db.old$", "$db.my key$", "計画 🙂", "\t", "{{state.a}}", "{$db.a$}", "$db.$",
)  # fmt: skip
LITERAL = tuple(piece for piece in PIECES if "$" not in piece)
PLACES = ("a", "b.c", "b.d")
NAMES = (
    "plan", "Plan", "inputs", "state", "my plan", "計画", "1st", "a.b", "", "What are the pros and cons?", "node", "b\n",
)  # fmt: skip


def texts(pieces: tuple[str, ...] = PIECES) -> st.SearchStrategy[str]:
    return st.lists(st.sampled_from(pieces), max_size=6).map("".join)


def checks(save: bool) -> st.SearchStrategy[dict[str, Any]]:
    """What an answer is checked for, and what of it is saved."""
    keys = st.lists(st.sampled_from("abc"), unique=True, max_size=3)
    places = st.lists(st.sampled_from(PLACES), unique=True, max_size=2) if save else st.just([])

    @st.composite
    def objects(draw: st.DrawFn) -> dict[str, Any]:
        wanted = draw(keys)
        saves = {place: draw(st.sampled_from(wanted)) for place in draw(places)} if wanted else {}
        length = draw(st.none() | st.integers(0, 4))
        return {"type": "dict", "keys": wanted, "length": length, "save": saves}

    @st.composite
    def lists(draw: st.DrawFn) -> dict[str, Any]:
        length = draw(st.none() | st.integers(0, 3))
        saves = {place: "0" for place in draw(places)} if length else {}
        return {"type": "list", "keys": [], "length": length, "save": saves}

    return objects() | objects() | objects() | lists()


@st.composite
def graphs(draw: st.DrawFn, *, least: int = 1, most: int = 7, with_db: bool = False) -> Graph:
    """A graph of one pass, with or without a database."""
    count = draw(st.integers(least, most))
    names = draw(st.lists(st.sampled_from(NAMES), min_size=count, max_size=count, unique=True))
    plain = not with_db and _chance(draw, 5)
    pieces = LITERAL if plain else PIECES
    nodes = [_node(draw, name, pieces, plain) for name in names]
    edges = [
        [names[source], names[target], draw(st.booleans())]
        for target in range(count)
        for source in draw(st.permutations(range(target)))
        if _chance(draw, 3)
    ]
    orders = [
        [names[source], names[target]]
        for target in range(count)
        for source in range(target)
        if _chance(draw, 8)
    ]
    shorthands = {name: draw(texts(LITERAL)) + "!" for name in names if _chance(draw, 5)}
    db = None if plain else {"old": draw(st.sampled_from(("x", 3, "{{y}}", "N/A"))), "shorthands": shorthands}
    graph: Graph = {
        "db": db,
        "nodes": draw(st.permutations(nodes)),
        "edges": edges,
        "orders": orders,
        "passes": 1,
    }
    return ordered(graph, names)


@st.composite
def graphs_that_skip(draw: st.DrawFn) -> Graph:
    """A graph of several passes, in which some answers let nodes behind them keep what they said in the pass before.

    Who decides is always asked: a decision that is itself kept is another case (see `test_differences.py`).
    """
    graph = draw(graphs(least=2, most=6, with_db=True))
    names = order_of(graph)
    deciders = draw(st.lists(st.sampled_from(names[:-1]), unique=True, min_size=1, max_size=2))
    nodes = {node["key"]: dict(node) for node in graph["nodes"]}
    orders = list(graph["orders"])
    for name in deciders:
        later = [other for other in names[names.index(name) + 1 :] if other not in deciders]
        skipped = draw(st.lists(st.sampled_from(later), unique=True, min_size=1)) if later else []
        check = nodes[name]["check"] or {"type": "dict", "keys": [], "length": None, "save": {}}
        act = {"flag": "skip", "skip": skipped}
        nodes[name]["check"] = {**check, "type": "dict", "length": None, "acts": [act] if skipped else []}
        if check["type"] == "list":
            nodes[name]["check"] |= {"save": {}}
        nodes[name]["prompt"] = f"In pass $db.pass$. {nodes[name]['prompt']}"
        orders += [[name, other] for other in skipped]
    graph = {**graph, "nodes": list(nodes.values()), "orders": orders, "passes": draw(st.integers(2, 4))}
    return ordered(graph, names)


@st.composite
def graphs_that_cut(draw: st.DrawFn) -> Graph:
    """A graph of several passes, in which some answers cut edges between nodes behind them.

    The edges cut are the last ones into a node: AgentKit puts them back at the end (see `test_differences.py`).
    """
    graph = draw(graphs(least=2, most=7, with_db=True))
    names = order_of(graph)
    decider = draw(st.sampled_from(names[:2][: len(names) - 1]))
    later = names[names.index(decider) + 1 :]
    shown: dict[str, list[str]] = {name: [] for name in names}
    for source, target, prepend in graph["edges"]:
        shown[target].insert(0 if prepend else len(shown[target]), source)
    cut: list[list[str]] = []
    gone: set[str] = set()
    for name in later:
        sources = shown[name]
        most = next(
            (i for i, source in enumerate(reversed(sources)) if source not in later or source in gone),
            len(sources),
        )
        last = sources[len(sources) - draw(st.sampled_from((0, most, most, most))) :]
        cut += [[source, name] for source in last]
        awaited = {
            *sources[: len(sources) - len(last)],
            *(one for one, other in graph["orders"] if other == name),
        }
        if (last and len(last) == len(sources)) or awaited & gone:
            gone.add(name)
    touched = dict.fromkeys(name for pair in cut for name in pair)
    nodes = {node["key"]: dict(node) for node in graph["nodes"]}
    acting = {"type": "dict", "keys": [], "length": None, "save": {}, "acts": [{"flag": "cut", "cut": cut}]}
    nodes[decider] |= {"check": acting, "prompt": f"In pass $db.pass$. {nodes[decider]['prompt']}"}
    orders = [*graph["orders"], *([decider, name] for name in touched)]
    graph = {**graph, "nodes": list(nodes.values()), "orders": orders, "passes": draw(st.integers(2, 3))}
    return ordered(graph, names)


@st.composite
def graphs_that_grow(draw: st.DrawFn) -> Graph:
    """A graph of several passes, in which some answers add nodes and edges for that pass.

    Every new node has a dependency: AgentKit never comes to one without (see `test_differences.py`).
    """
    graph = draw(graphs(least=2, most=5, with_db=True))
    names = order_of(graph)
    decider = draw(st.sampled_from(names[:-1]))
    later = names[names.index(decider) + 1 :]
    joined = {(source, target) for source, target, _ in graph["edges"]}
    order, added, edges = list(names), list[str](), list[list[Any]]()
    for key in ("new", "New one")[: draw(st.integers(1, 2))]:
        place = draw(st.integers(1, len(order)))
        before, behind = order[:place], [name for name in order[place:] if name in later]
        sources = draw(st.lists(st.sampled_from(before), unique=True, min_size=1, max_size=3))
        targets = draw(st.lists(st.sampled_from(behind), unique=True, max_size=2)) if behind else []
        edges += [[source, key, draw(st.booleans())] for source in sources]
        edges += [[key, target, draw(st.booleans())] for target in targets]
        order.insert(place, key)
        added.append(key)
    for target in later if _chance(draw, 3) else ():
        free = [name for name in names[: names.index(target)] if (name, target) not in joined]
        edges += [[name, target, draw(st.booleans())] for name in free if _chance(draw, 4)]
    pieces = tuple(piece for piece in PIECES if not any(f"$db.{place}$" in piece for place in PLACES))
    grow = {"nodes": [_node(draw, key, pieces, True) for key in added], "edges": edges}
    nodes = {node["key"]: dict(node) for node in graph["nodes"]}
    acting = {
        "type": "dict",
        "keys": [],
        "length": None,
        "save": {},
        "acts": [{"flag": "grow", "grow": grow}],
    }
    nodes[decider] |= {"check": acting, "prompt": f"In pass $db.pass$. {nodes[decider]['prompt']}"}
    waiting = dict.fromkeys(target for _, target, _ in edges if target in later)
    orders = [*graph["orders"], *([decider, target] for target in waiting)]
    shorthands = graph["db"]["shorthands"] | {key: "New!" for key in added if _chance(draw, 4)}
    graph = {
        **graph,
        "db": {**graph["db"], "shorthands": shorthands},
        "nodes": list(nodes.values()),
        "orders": orders,
    }
    return ordered({**graph, "passes": draw(st.integers(2, 3))}, names)


def order_of(graph: Graph) -> list[str]:
    """The names so that all dependencies come first; those that wait for each other last."""
    waiting = {node["key"]: set[str]() for node in graph["nodes"]}
    for source, target, *_ in (*graph["edges"], *graph["orders"]):
        waiting[target].add(source)
    found: list[str] = []
    while waiting:
        ready = [name for name, sources in waiting.items() if sources.issubset(found)] or list(waiting)
        found += ready
        for name in ready:
            del waiting[name]
    return found


def _chance(draw: st.DrawFn, of: int) -> bool:
    """One in so many; a failing graph shrinks to those without it."""
    return draw(st.integers(1, of)) == of


def _node(draw: st.DrawFn, name: str, pieces: tuple[str, ...], plain: bool) -> dict[str, Any]:
    node: dict[str, Any] = {"key": name, "prompt": draw(texts(pieces)), "check": None}
    if _chance(draw, 4):
        node["system"] = draw(texts())
    if _chance(draw, 2):
        node["check"] = draw(checks(save=not plain))
    return node


def ordered(graph: Graph, names: list[str]) -> Graph:
    """Let whoever touches a written place of the database wait for the last who did; and no order beside an edge."""
    by_name = {node["key"]: node for node in graph["nodes"]}
    touching = [name for name in names if _touches(by_name[name])]
    orders = [*graph["orders"], *([one, other] for one, other in pairwise(touching))]
    joined = {(source, target) for source, target, _ in graph["edges"]}
    kept = dict.fromkeys((source, target) for source, target in orders if (source, target) not in joined)
    return {**graph, "orders": [list(pair) for pair in kept]}


def _touches(node: dict[str, Any]) -> bool:
    reads = any(f"$db.{place}$" in node["prompt"] for place in PLACES)
    return reads or bool(node["check"] and node["check"].get("save"))

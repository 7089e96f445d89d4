"""Graphs of other programs, read as flows: what is kept, what is changed and told, what is refused and where."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from weft.engine.check import check
from weft.model import DocumentError, dumps, loads
from weft.model.refs import is_id
from weft.testing import stock_catalog
from weft.workspace.importing import IMPORTERS, Imported, read_foreign
from weft.workspace.importing.ids import ids_for


def graph(nodes: dict[str, Any], edges: Any = None, **more: Any) -> str:
    return json.dumps({"nodes": nodes, "edges": {} if edges is None else edges, **more})


def told(imported: Imported, kind: str) -> list[str]:
    return [remark.message for remark in imported.remarks if remark.kind == kind]


def test_prompts_dependencies_outputs_and_places_are_carried() -> None:
    imported = read_foreign(
        graph(
            {"pros": "Pros?", "outline": "Outline.", "essay": "Essay.", "title": "Title?"},
            {"pros": [], "outline": ["pros"], "essay": ["outline", "pros"], "title": []},
        ),
        name="Essay",
    )
    flow = imported.flow
    assert flow.name == "Essay"
    assert list(flow.nodes) == ["pros", "outline", "essay", "title"]
    assert [node.params["prompt"] for node in flow.nodes.values()] == [
        "Pros?",
        "Outline.",
        "Essay.",
        "Title?",
    ]
    assert flow.nodes["essay"].inputs == {"context": ["outline", "pros"]}
    assert flow.outputs == {"essay": "essay", "title": "title"}
    assert set(flow.layout.nodes) == set(flow.nodes)
    assert flow.layout.nodes["pros"][0] < flow.layout.nodes["outline"][0] < flow.layout.nodes["essay"][0]
    assert (imported.read, imported.remarks) == ("4 prompts, 3 edges, 2 outputs", ())
    assert loads(dumps(flow)) == flow
    assert check(flow, stock_catalog()) == []


def outcome(text: str) -> str:
    """What was read, or why nothing was."""
    try:
        imported = read_foreign(text)
    except DocumentError as refused:
        return refused.message
    assert loads(dumps(imported.flow)) == imported.flow
    return imported.read


NAMES = [
    "My plan", "my_plan", "inputs", "outputs", "state", "secrets", "item", "", " ", "計画", "план", "1st", "A", "a", "a!",
    "Überblick", "x" * 300, "__init__", "node", "node_2", "two\nlines", "🙂", "a.b", "What are the pros and cons of it?",
]  # fmt: skip


def test_any_name_becomes_an_id_and_stays_as_the_title() -> None:
    imported = read_foreign(graph(dict.fromkeys(NAMES, "x")))
    ids = list(imported.flow.nodes)
    assert all(is_id(one) for one in ids)
    assert len(set(ids)) == len(NAMES)
    assert [node.title or one for one, node in imported.flow.nodes.items()][:2] == ["My plan", "my_plan"]
    assert ids[:4] == ["my_plan_2", "my_plan", "node_inputs", "node_outputs"]
    assert "'My plan' has the id 'my_plan_2'; its title is as it was." in told(imported, "changed")
    assert [imported.flow.nodes[one].title for one in ids if one.startswith("node")][-1] == "🙂"


@given(st.lists(st.text(max_size=8) | st.sampled_from(NAMES), unique=True, max_size=20))
def test_ids_are_unique_and_the_same_every_time(names: list[str]) -> None:
    ids = ids_for(names)
    assert list(ids) == names
    assert len(set(ids.values())) == len(names)
    assert all(is_id(one) for one in ids.values())
    assert ids_for(names) == ids
    assert all(ids[name] == name for name in names if is_id(name))


def test_placeholders_of_the_database_become_the_state_and_braces_text() -> None:
    imported = read_foreign(
        graph({"a": "In {{x}}: $db.goal.now$, {$db.my key$}, $5, $db.", "b": "\\$db.goal.now$"})
    )
    assert imported.flow.nodes["a"].params["prompt"] == (
        "In \\{{x}}: {{state.goal.now | default('None')}}, "
        "{{state.opening_brace | default('{')}}{{state.my_key | default('None')}}}, $5, $db."
    )
    assert imported.flow.nodes["b"].params["prompt"] == "\\\\{{state.goal.now | default('None')}}"
    assert told(imported, "needs") == [
        "state.goal.now is read by a, b, and is 'None' until something sets it.",
        "state.my_key is read by a, and is 'None' until something sets it.",
    ]
    assert told(imported, "changed") == [
        "In the prompt of 'a', {{ is written \\{{: it is text there.",
        "The database key 'my key' is 'my_key' in the state.",
    ]


def test_what_has_no_place_is_told_and_never_dropped_silently() -> None:
    deep = "$db." + ".".join("a" * 40) + "$"
    imported = read_foreign(graph({"a": deep, "b": "x"}, {"b": ["a", "a"]}, model="gpt-4"))
    assert imported.flow.nodes["a"].params["prompt"] == deep
    assert imported.flow.nodes["b"].inputs == {"context": ["a"]}
    assert told(imported, "changed") == ["'b' names 'a' more than once; once is kept."]
    assert told(imported, "lost") == [
        "A placeholder of 'a' with more than 31 parts stays text.",
        "'model' has no place in a flow.",
    ]


@pytest.mark.parametrize(
    ("text", "code", "message"),
    [
        ("", "not-json", "Line 1, column 1: the text ends before the document does."),
        ("[1]", "unknown-format", "This is no graph that Weft can import."),
        ('{"a": 1}', "unknown-format", "Line 1, column 1: This is no graph that Weft can import."),
        ('{"format": 1, "nodes": {}, "edges": {}}', "unknown-format", "Line 1, column 1: This is a flow already."),
        ('{"nodes": {"a": "x", "a": "y"}, "edges": {}}', "duplicate-key", 'Line 1, column 22: the key "a" stands here a second time.'),
        ('{"nodes": {"a": 3}, "edges": {}}', "bad-value", "Line 1, column 17: The prompt of 'a' must be text."),
        ('{"nodes": {"a": "x"}, "edges": []}', "bad-value", "Line 1, column 32: `edges` must be an object."),
        ('{"nodes": {"a": "x"}, "edges": {"a": "b"}}', "bad-value", "Line 1, column 38: The dependencies of 'a' must be a list of names."),
        ('{"nodes": {"a": "x"}, "edges": {"a": [7]}}', "bad-value", "Line 1, column 39: A dependency of 'a' must be a name."),
        ('{"nodes": {"plan": "x", "b": "y"}, "edges": {\n"b": ["Plan"]}}', "dangling-ref", "Line 2, column 7: 'b' depends on 'Plan', and there is no such node."),
        ('{"nodes": {}, "edges": {"b": []}}', "dangling-ref", "Line 1, column 30: There are edges of 'b', and there is no such node."),
        ('{"nodes": {"a": "x"}, "edges": {"a": ["a"]}}', "cycle", "Line 1, column 39: Nodes depend on each other in a circle: 'a' → 'a'."),
        ('{"nodes": {"a": "\\ud800"}, "edges": {}}', "bad-text", "Line 1, column 24: a text holds half a character (a lone surrogate)."),
        ('{"nodes": {"a": "' + "x" * 70_000 + '"}, "edges": {}}', "text-too-long", "Line 1, column 17: nodes.a is a text of 70,000 characters, and 65,536 is the most."),
        ('{"nodes": {"a": "' + "{{" * 32_000 + '"}, "edges": {}}', "text-too-long", "Line 1, column 17: The prompt of 'a', written as a template, is longer than 65,536 characters."),
    ],
)  # fmt: skip
def test_what_is_wrong_is_said_with_its_place(text: str, code: str, message: str) -> None:
    with pytest.raises(DocumentError) as refused:
        read_foreign(text)
    assert (refused.value.code, refused.value.message) == (code, message)


def test_all_that_is_wrong_is_listed() -> None:
    with pytest.raises(DocumentError) as refused:
        read_foreign(graph({"a": 1, "b": "x"}, {"a": ["c", None], "d": []}))
    assert [problem.pointer for problem in refused.value.problems] == [
        ("nodes", "a"), ("edges", "a", 0), ("edges", "a", 1), ("edges", "d"),
    ]  # fmt: skip
    assert refused.value.problems[1].hint != ""


def test_a_circle_is_shown_as_it_goes() -> None:
    with pytest.raises(DocumentError) as refused:
        read_foreign(graph(dict.fromkeys("abcd", "x"), {"a": ["d"], "b": ["a"], "c": ["b"], "d": ["c"]}))
    [problem] = refused.value.problems
    assert problem.message == "Nodes depend on each other in a circle: 'b' → 'c' → 'd' → 'a' → 'b'."
    assert problem.pointer == ("edges", "b", 0)


@pytest.mark.parametrize(
    ("text", "nodes"),
    [
        (graph({f"計{i}": "x" for i in range(19_000)}), 19_000),
        (graph({"a": "".join(f"$db.k{i} $" for i in range(1_600)), "b": "x"}, {"b": ["a"] * 30_000}), 2),
        (graph({"a": "$db." * 1_600}), 1),
    ],
    ids=["one slug for all", "placeholders", "overlapping placeholders"],
)
def test_a_graph_made_to_be_slow_is_read(text: str, nodes: int) -> None:
    assert len(read_foreign(text).flow.nodes) == nodes


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (graph(dict.fromkeys(map(str, range(20_001)), "x")), "too-many-nodes"),
        ('{"nodes": ' + "[" * 100_000, "too-deep"),
        (graph({"a": "$db.k$" * 10_000}), "text-too-long"),
        ("x" * 6_000_000, "too-large"),
        (graph({"x" * 70_000: "x"}), "text-too-long"),
    ],
)
def test_what_is_past_the_limits_of_a_flow_is_refused(text: str, code: str) -> None:
    with pytest.raises(DocumentError) as refused:
        read_foreign(text)
    assert refused.value.code == code


@given(st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
))  # fmt: skip
def test_rubbish_is_refused_in_a_sentence(rubbish: Any) -> None:
    for document in (
        rubbish,
        {"nodes": rubbish, "edges": rubbish},
        {"nodes": {"a": rubbish}, "edges": {"a": rubbish}},
    ):
        said = outcome(json.dumps(document))
        assert said.endswith(".") or "prompts" in said or "prompt," in said


def test_each_importer_has_a_name_a_title_and_a_shape() -> None:
    assert [one.name for one in IMPORTERS] == ["agentkit"]
    assert all(one.title and one.shape for one in IMPORTERS)

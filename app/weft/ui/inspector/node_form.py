"""The form of one node: what it is called, its ports, what it saves, what the engine does with it."""

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from weft.catalog.component import Port
from weft.model.flow import Node
from weft.model.problems import Problem
from weft.model.refs import is_id
from weft.ui.inspector.edits import Changes, Edits
from weft.ui.inspector.groups import GroupRow, SectionRow
from weft.ui.inspector.node_options import options_section
from weft.ui.inspector.node_saves import saves_section
from weft.ui.inspector.ports import Surroundings, asked_for, port_row
from weft.ui.inspector.rows import FieldRow, TextRow
from weft.ui.inspector.seen_row import SeenRow
from weft.ui.inspector.values import json_value
from weft.ui.session import spoken


def node_form(
    node_id: str,
    node: Node,
    inputs: Sequence[Port] | None,
    declared: Sequence[str],
    problems: Sequence[Problem],
    around: Surroundings,
    edits: Edits,
    on_fix: Callable[[Problem], Any],
) -> list[Any]:
    """The sections of the inspector for this node.

    `inputs` is None when its component isn't known; `declared` are the ports it has whatever its params say.
    """
    rows: list[Any] = []
    rows.append(SectionRow(key=f"{node_id}/names", rows=[_names(node_id, node, edits)]))
    if inputs is not None and around.tools is not None:
        rows.append(around.tools(node_id))
    if inputs is None:
        rows.append(_unknown(node_id, node, edits))
    else:
        shown = [port for port in _in_order(inputs, declared) if asked_for(node, port, around.hints)]
        primary, more = _split(node, shown, around.hints, around.seldom or frozenset())
        rows.append(_ports(f"{node_id}/ports", "Inputs", node_id, node, primary, around, edits))
        if more:
            section = _ports(f"{node_id}/more", "More inputs", node_id, node, more, around, edits)
            rows.append(
                SectionRow(
                    key=section.key,
                    title=section.title,
                    rows=section.rows,
                    folds=True,
                    open=any(port.name in node.params for port in more),
                )
            )
    # Below the ports: problems come and go while one types in them, and nothing above may move.
    if problems:
        rows.append(
            SectionRow(key=f"{node_id}/problems", rows=[_problem(node_id, p, on_fix) for p in problems])
        )
    if inputs is not None and around.sight is not None:
        rows.append(SeenRow(key=f"{node_id}/seen", node=node_id, sight=around.sight, on_jump=around.go))
    rows.append(saves_section(node_id, node, edits))
    rows.append(options_section(node_id, node, around, edits))
    return rows


def _in_order(inputs: Sequence[Port], declared: Sequence[str]) -> list[Port]:
    """The first declared port, the ports its names made, then the rest: a hole stands below its prompt."""
    own = [port for port in inputs if port.name in declared]
    return [*own[:1], *(port for port in inputs if port.name not in declared), *own[1:]]


def seldom(node: Node, inputs: Sequence[Port], hints: Mapping[str, Any]) -> frozenset[str]:
    """The names of the ports that `node_form` puts among "More inputs"."""
    shown = [port for port in inputs if asked_for(node, port, hints)]
    return frozenset(port.name for port in _split(node, shown, hints, frozenset())[1])


def _split(
    node: Node, inputs: Sequence[Port], hints: Mapping[str, Any], stay: frozenset[str]
) -> tuple[list[Port], list[Port]]:
    """The ports one needs, and those one seldom touches: optional, nothing set, nothing wired. Of the second those
    that `stay` do so when they are set."""

    def needed(port: Port) -> bool:
        if port.name in stay and port.name not in node.inputs and not port.required:
            return False
        filled = port.name in node.inputs or port.name in node.params
        hint: Any = hints.get(port.name)
        if isinstance(hint, Mapping) and "settings_of" in hint and port.name not in node.inputs:
            return False  # many fields, which would move away while one types in the first of them
        asked = isinstance(hint, Mapping) and "if" in hint  # it is shown because another value asks for it
        return port.required or filled or port.many or asked or port.type.kind == "model"

    if len(inputs) <= 5:
        return list(inputs), []
    return [port for port in inputs if needed(port)], [port for port in inputs if not needed(port)]


def _ports(
    key: str, title: str, node_id: str, node: Node, ports: Sequence[Port], around: Surroundings, edits: Edits
) -> SectionRow:
    rows: list[Any] = [port_row(node_id, node, port, around, edits) for port in ports]
    rows = rows or [TextRow(key=f"{key}/none", text="This component takes no inputs.")]
    return SectionRow(key=key, title=title, rows=rows)


def _problem(node_id: str, problem: Problem, on_fix: Callable[[Problem], Any]) -> TextRow:
    fix = problem.fix
    return TextRow(
        key=f"{node_id}/problem/{problem.code}/{problem.port or ''}/{problem.message}",
        text=problem.message,
        hint=problem.hint,
        tone="error" if problem.severity == "error" else "warning",
        action=(fix.label or "Fix") if fix is not None else "",
        on_action=(lambda: on_fix(problem)) if fix is not None else None,
    )


def _names(node_id: str, node: Node, edits: Edits) -> GroupRow:
    def rename(text: str) -> Changes:
        if text == node_id:
            return []
        if not is_id(text):
            raise ValueError("Write a small letter, then small letters, digits or _.")
        return [{"op": "rename-node", "id": node_id, "to": text}]

    def title(text: str) -> Changes:
        return [{"op": "set-title", "node": node_id, "title": text.strip()}]

    return GroupRow(
        key=f"{node_id}/names/pair",
        style="pair",
        rows=[
            FieldRow(
                **edits.field(f"{node_id}/title", node.title, title, f"Title of {node_id}"),
                label="Title",
                placeholder=spoken(node_id),
            ),
            FieldRow(
                **edits.field(f"{node_id}/id", node_id, rename, f"Rename {node_id}"), label="Id", mono=True
            ),
        ],
    )


def _unknown(node_id: str, node: Node, edits: Edits) -> SectionRow:
    """The params of a node whose component is missing, as JSON: kept, readable, editable."""

    def row(name: str, value: Any) -> FieldRow:
        def change(text: str) -> Changes:
            if not text.strip():
                return [{"op": "unset-param", "node": node_id, "name": name}]
            return [{"op": "set-param", "node": node_id, "name": name, "value": json_value(text)}]

        text = json.dumps(value, ensure_ascii=False, indent=2)
        field = edits.field(f"{node_id}/param/{name}", text, change, f"Set {name} of {node_id}")
        return FieldRow(**field, control="multiline", label=name, mono=True)

    rows: list[Any] = [
        TextRow(
            key=f"{node_id}/unknown",
            text=f"No component {node.component!r} in this workspace. The node and what was typed in stay in the "
            "file as they are; put the component into components/, and it works again.",
        )
    ]
    rows += [row(name, value) for name, value in node.params.items() if name != "save"]
    return SectionRow(key=f"{node_id}/unknown-params", rows=rows)

"""The form of one node: what it is called, its ports, what it saves, what the engine does with it."""

import json
from collections.abc import Callable, Sequence
from typing import Any

from weft.catalog.component import Port
from weft.catalog.kinds import PortType
from weft.model.flow import Node
from weft.model.problems import Problem
from weft.model.refs import is_id
from weft.ui.inspector.edits import Changes, Edits
from weft.ui.inspector.ports import Surroundings, port_row
from weft.ui.inspector.rows import ButtonRow, FieldRow, GroupRow, SectionRow, TextRow, WireRow
from weft.ui.inspector.values import count, json_value, seconds, shown
from weft.ui.session import spoken

ON_ERROR = (("fail", "Fail the run"), ("skip", "Skip what needs it"), ("continue", "Go on with a value"))
OTHERWISE = (("skip", "Skip it"), ("previous", "Use its last answer"))
CACHE = (("auto", "When nothing changed"), ("never", "Never"))


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
    if problems:
        rows.append(
            SectionRow(key=f"{node_id}/problems", rows=[_problem(node_id, p, on_fix) for p in problems])
        )
    rows.append(SectionRow(key=f"{node_id}/names", rows=[_names(node_id, node, edits)]))
    if inputs is None:
        rows.append(_unknown(node_id, node, edits))
    else:
        primary, more = _split(node, _in_order(inputs, declared))
        rows.append(_ports(f"{node_id}/ports", "Inputs", node_id, node, primary, around, edits))
        if more:
            section = _ports(f"{node_id}/more", "More inputs", node_id, node, more, around, edits)
            rows.append(
                SectionRow(key=section.key, title=section.title, rows=section.rows, folds=True, open=False)
            )
    rows.append(_save(node_id, node, edits))
    rows.append(_options(node_id, node, around, edits))
    return rows


def _in_order(inputs: Sequence[Port], declared: Sequence[str]) -> list[Port]:
    """The first declared port, the ports its names made, then the rest: a hole stands below its prompt."""
    own = [port for port in inputs if port.name in declared]
    return [*own[:1], *(port for port in inputs if port.name not in declared), *own[1:]]


def _split(node: Node, inputs: Sequence[Port]) -> tuple[list[Port], list[Port]]:
    """The ports one needs, and those one seldom touches: optional, nothing set, nothing wired."""

    def needed(port: Port) -> bool:
        filled = port.name in node.inputs or port.name in node.params
        return port.required or filled or port.many or port.type.kind == "model"

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


def _save(node_id: str, node: Node, edits: Edits) -> SectionRow:
    saves: dict[str, str] = dict(node.params.get("save") or {})

    def write(pairs: Sequence[tuple[str, str]]) -> Changes:
        if not pairs:
            return [{"op": "unset-param", "node": node_id, "name": "save"}]
        return [{"op": "set-param", "node": node_id, "name": "save", "value": dict(pairs)}]

    def row(index: int, state: str, path: str) -> GroupRow:
        def replace(at: tuple[str, str]) -> Changes:
            pairs = [at if i == index else pair for i, pair in enumerate(saves.items())]
            if len({name for name, _ in pairs}) < len(pairs):
                raise ValueError(f"{at[0]!r} is written already.")
            return write(pairs)

        def name(text: str) -> Changes:
            if not text.strip():
                raise ValueError("Write a path in the state, for example plan.steps.")
            return replace((text.strip(), path))

        label = f"Save {node_id} to the state"
        return GroupRow(
            key=f"{node_id}/save/{index}",
            title=f"state.{state}",
            remove="Don't save this",
            on_remove=lambda: edits.now(write([p for i, p in enumerate(saves.items()) if i != index]), label),
            rows=[
                FieldRow(
                    **edits.field(f"{node_id}/save/{index}/state", state, name, label),
                    label="State path",
                    mono=True,
                ),
                FieldRow(
                    **edits.field(
                        f"{node_id}/save/{index}/path",
                        path,
                        lambda text: replace((state, text.strip())),
                        label,
                    ),
                    label="Path in the answer",
                    placeholder="the whole answer",
                    mono=True,
                ),
            ],
        )

    def add() -> None:
        free = next(name for i in range(len(saves) + 1) if (name := f"{node_id}{i or ''}") not in saves)
        edits.now(write([*saves.items(), (free, "")]), f"Save {node_id} to the state")

    rows: list[Any] = [row(index, state, path) for index, (state, path) in enumerate(saves.items())]
    rows.append(ButtonRow(key=f"{node_id}/save/add", label="Save to the state", on_click=add))
    summary = ", ".join(saves) if saves else ""
    return SectionRow(
        key=f"{node_id}/save",
        title="Save to the state",
        rows=rows,
        folds=True,
        open=bool(saves),
        summary=summary,
    )


def _options(node_id: str, node: Node, around: Surroundings, edits: Edits) -> SectionRow:
    options = node.options

    def changed(**values: Any) -> Changes:
        written = {**options.model_dump(exclude_defaults=True), **values}
        written = {name: value for name, value in written.items() if value is not None}
        return [{"op": "set-options", "node": node_id, "options": written}]

    def field(name: str, label: str, read: Callable[[str], Any], **more: Any) -> FieldRow:
        value = getattr(options, name)
        text = (
            value if isinstance(value, bool) else shown(value, _JSON) if name == "default" else _plain(value)
        )

        def change(typed: Any) -> Changes:
            return changed(
                **{name: typed if isinstance(typed, bool) else read(typed) if typed.strip() else None}
            )

        return FieldRow(
            **edits.field(f"{node_id}/option/{name}", text, change, f"Set {label.lower()} of {node_id}"),
            label=label,
            **more,
        )

    def choice(name: str, label: str, choices: Sequence[tuple[str, str]]) -> FieldRow:
        return field(name, label, str, control="select", choices=choices)

    rows: list[Any] = [
        GroupRow(
            key=f"{node_id}/options/limits",
            style="pair",
            rows=[
                field("timeout", "Timeout", seconds, badge="seconds"),
                field("retries", "Retries", count, placeholder="when it may help"),
            ],
        ),
        field("when", "Run only when", str, mono=True, placeholder="a condition, for example score > 3"),
    ]
    if options.when:
        rows.append(choice("otherwise", "Otherwise", OTHERWISE))
    rows.append(choice("on_error", "When it fails", ON_ERROR))
    if options.on_error == "continue":
        rows.append(field("default", "The value to go on with", json_value, control="multiline", mono=True))
    rows += [
        choice("cache", "Reuse an earlier answer", CACHE),
        _after(node_id, node, around, edits),
        field("disabled", "Disabled", str, control="switch"),
    ]
    set_now = sorted(options.model_dump(exclude_defaults=True)) + (["after"] if node.after else [])
    return SectionRow(
        key=f"{node_id}/options",
        title="Options",
        rows=rows,
        folds=True,
        open=bool(set_now),
        summary=", ".join(name.replace("_", " ") for name in set_now),
    )


def _after(node_id: str, node: Node, around: Surroundings, edits: Edits) -> WireRow:
    """Order without data."""

    def write(after: Sequence[str]) -> None:
        edits.now([{"op": "set-after", "node": node_id, "after": list(after)}], f"Order of {node_id}")

    others = [other for other in around.flow.nodes if other != node_id and other not in node.after]
    return WireRow(
        key=f"{node_id}/after",
        label="Runs after",
        dot="any",
        refs=tuple(node.after),
        titles=tuple(around.titles(other) for other in node.after),
        empty="Only after what it takes its inputs from.",
        sources=[(other, around.titles(other)) for other in others],
        on_pick=lambda other: write([*node.after, other]),
        on_disconnect=lambda other: write([name for name in node.after if name != other]),
        on_jump=around.jump,
    )


def _plain(value: Any) -> str:
    return "" if value is None else str(value)


_JSON = PortType.parse("json")

"""The pane on the right: which form to show, and its heading."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from weft.catalog.component import Component, Port
from weft.model.errors import WeftError
from weft.ui.elements import Box, button
from weft.ui.inspector.above import Above
from weft.ui.inspector.edits import Edits
from weft.ui.inspector.flow_form import flow_form
from weft.ui.inspector.groups import SectionRow
from weft.ui.inspector.interface_form import inputs_form, outputs_form
from weft.ui.inspector.learnt_row import LearntRow, Lessons, kind_port
from weft.ui.inspector.locked import locked
from weft.ui.inspector.mock_dialog import mock_dialog
from weft.ui.inspector.node_form import node_form, seldom
from weft.ui.inspector.ports import Surroundings
from weft.ui.inspector.rows import ButtonRow, Choices, TextRow
from weft.ui.inspector.sight import Sight
from weft.ui.inspector.tools_param import tool_choices
from weft.ui.inspector.tools_row import ToolsRow, tools_row
from weft.ui.keyed import Keyed
from weft.ui.looking import changes
from weft.ui.palette import safe_color
from weft.ui.session import Session


class Inspector:
    """`redraw` is called after every change; rows that stay keep their caret."""

    def __init__(
        self,
        session: Session,
        components: Callable[[str], Component | None],
        flows: Choices,
        models: Sequence[str],
        workspace_model: str,
    ) -> None:
        self._session, self._components = session, components
        self.command: Callable[[str, Mapping[str, Any]], Any] = lambda name, more: None
        """Does what isn't a change of the flow: runs, pins."""
        self._flows, self._models, self._workspace_model = flows, models, workspace_model
        self._edits = Edits(session.submit, self.redraw)
        self.sight = Sight(session, self.redraw)
        self.lessons = Lessons(session, self.redraw)
        self._above = Above(session)
        with Box("div", "w-inspector-head"):
            self._square = Box("span", "w-square", attributes={"aria-hidden": "true"})
            with Box("div", "w-grow"):
                self._title = Box("h2", "w-inspector-title w-ellipsis")
                self._sub = Box("div", "w-inspector-sub w-ellipsis")
            self._duplicate = button(
                kind="icon",
                symbol="copy",
                tip="Duplicate  Ctrl+D",
                side="left",
                on_click=self._command("duplicate"),
            )
            changes(self._duplicate)
            self._delete = button(
                kind="icon", symbol="trash", tip="Delete  Del", side="left", on_click=self._command("delete")
            )
            changes(self._delete)
        with Box("div", "w-scroll") as scroll:
            self._rows = Box("div")
            self._sections = Keyed(self._rows)
        scroll.mark("inspector")
        self._scroll = scroll
        self._selection = session.selection
        self._seldom: frozenset[str] | None = None
        """The chosen node's ports that were among "More inputs" when it was chosen."""
        self.redraw()

    def redraw(self) -> None:
        if self._session.selection != self._selection:
            self._seldom = None
        title, sub, color, rows = self._form()
        self._title.text, self._sub.text = title, sub
        self._square.show(color is not None)
        if color:
            self._square.style["--w-square"] = color
        elif color == "":
            self._square.style.pop("--w-square", None)
        nodes = [name for name in self._session.selection if name in self._session.flow.nodes]
        editable = bool(nodes) and not self._session.held
        self._duplicate.show(editable)
        self._delete.show(editable)
        self._sections.sync(locked(rows) if self._session.document.read_only else rows)
        self._rows.attributes(inert=True if self._session.held else None)
        if self._session.selection != self._selection:
            self._selection = self._session.selection
            self._scroll.run_method("scrollTo", 0, 0)

    def _form(self) -> tuple[str, str, str | None, Sequence[SectionRow]]:
        """Heading, line below it, colour of the square (None: no square), sections."""
        session, flow = self._session, self._session.flow
        if len(session.selection) > 1:
            return f"{len(session.selection)} selected", "", None, [_several(session)]
        if session.selection == ("inputs",):
            return "Inputs", "What the flow is given", "", inputs_form(flow, self._edits)
        if session.selection == ("outputs",):
            return "Outputs", "What the flow gives back", "", outputs_form(flow, self._refs(), self._edits)
        if session.edge is not None:
            return "Connection", "", None, [_edge(session, session.edge)]
        if session.selection:
            return self._node(session.selection[0])
        hint = f"{self._workspace_model} (the workspace's)"
        count = f"{len(flow.nodes)} nodes" if len(flow.nodes) != 1 else "1 node"
        return "Flow", count, None, flow_form(flow, self._models, hint, self._edits)

    def _node(self, node_id: str) -> tuple[str, str, str | None, Sequence[SectionRow]]:
        session = self._session
        node = session.flow.nodes[node_id]
        component = self._components(node.component)
        ports = session.document.ports.get(node_id)
        inputs = ports.inputs if component and ports else None
        if self._seldom is None:
            self._seldom = seldom(node, inputs or (), component.ui if component else {})
        sections = node_form(
            node_id,
            node,
            inputs,
            [port.name for port in component.inputs] if component else [],
            session.problems_of(node_id),
            self._around(node_id, component, inputs or ()),
            self._edits,
            session.fix,
        )
        if component is None:
            return session.title(node_id), node.component, "", sections
        if kind := kind_port(component.ui):
            tables = self.lessons.of(node_id, node, kind)
            row = LearntRow(key=f"{node_id}/learnt", tables=tables, on_forget=self.lessons.forget)
            sections.insert(-2, row)
        return (
            session.title(node_id),
            f"{component.title} · {component.help}".replace("`", ""),
            safe_color(component.ui.get("color")),
            sections,
        )

    def _around(self, node_id: str, component: Component | None, inputs: Sequence[Port] = ()) -> Surroundings:
        session = self._session
        sources = self._above.sources(node_id)
        catalog = session.document.workspace.catalog
        calls = any((port.type.item or port.type).kind == "tool" for port in inputs)
        return Surroundings(
            flow=session.flow,
            titles=session.title,
            sources=sources,
            models=self._models,
            flows=self._flows,
            jump=lambda node: session.select((node,), reveal=True),
            hints=component.ui if component else {},
            flow_of=catalog.flows,
            component_of=self._components,
            components=tool_choices(catalog) if calls else (),
            inputs=inputs,
            declared=[port.name for port in component.inputs] if component else [],
            type_of=self._above.type_of,
            sight=self.sight,
            go=self._go,
            tools=self._tools,
            seldom=self._seldom,
        )

    def _tools(self, node_id: str) -> ToolsRow:
        session = self._session
        return tools_row(node_id, session.here, self._pins(), self._on_tool, inside=session.place.inside)

    def _pins(self) -> Mapping[str, Any]:
        try:
            return self._session.pins()
        except WeftError as error:  # said where the pins are used: at a run, and on the canvas
            self._sub.attributes(title=error.message)
            return {}

    def _on_tool(self, name: str, node_id: str) -> Any:
        """Do what a button of the tools stands for, and show how the node stands then."""
        if name == "mock":
            return self._mock(node_id)
        done = self.command(name, {"node": node_id})
        self.redraw()
        return done

    def _mock(self, node_id: str) -> None:
        session = self._session
        ports = session.document.ports.get(node_id)
        if ports is None or not ports.outputs:
            session.say(f"{session.title(node_id)} gives nothing that could be made up.", "")
            return
        state = session.here
        step = state.steps.get(node_id) if state else None
        now = self._pins().get(node_id) or (step.value if step else None) or {}

        def pin(values: dict[str, Any]) -> str:
            try:
                session.pin(node_id, values)
                if session.canvas is not None:
                    session.canvas.marks(pinned=list(session.pins()))
            except WeftError as error:
                return f"{error.message} {error.hint}".strip()
            self.sight.forget()
            self.redraw()
            return ""

        with self._scroll:
            mock_dialog(f"What {session.title(node_id)} is to give", ports.outputs, now, pin)

    def _go(self, kind: str, ref: str) -> None:
        """To where a piece of a message comes from, or into the flow inside a node."""
        if kind == "inside":
            self.command("inside", {"node": ref})
        elif kind == "node" and ref in self._session.flow.nodes:
            self._session.select((ref,), reveal=True)
        elif kind == "input":
            self._session.select(("inputs",), reveal=True)
        elif kind == "state":
            writers = [
                name
                for name, node in self._session.flow.nodes.items()
                if ref in (node.params.get("save") or {})
            ]
            self._session.select(tuple(writers[:1]), reveal=bool(writers))

    def _refs(self) -> Choices:
        """Every reference there is: flow inputs, then each node's outputs, the main one by the node's bare name."""
        return [(ref, ref) for ref, _, _ in self._above.outputs()]

    def _command(self, name: str) -> Callable[[], Any]:
        def run() -> None:
            if self._session.canvas is not None:
                self._session.canvas.command(name)

        return run


def _several(session: Session) -> SectionRow:
    names = ", ".join(session.title(name) for name in session.selection[:12])
    more = len(session.selection) - 12
    text = f"{names} and {more} more" if more > 0 else names
    return SectionRow(key="several", rows=[TextRow(key="several/names", text=text)])


def _edge(session: Session, edge: dict[str, Any]) -> SectionRow:
    node, port, ref = str(edge.get("node", "")), str(edge.get("port", "")), str(edge.get("ref", ""))

    def disconnect() -> None:
        session.do(
            [{"op": "disconnect", "node": node, "port": port, "ref": ref}],
            f"Disconnect {ref} from {node}.{port}",
        )

    return SectionRow(
        key=f"edge/{node}/{port}/{ref}",
        rows=[
            TextRow(key="edge/text", text=f"{ref} → {node}.{port}"),
            ButtonRow(key="edge/disconnect", label="Disconnect", symbol="unlink", on_click=disconnect),
        ],
    )

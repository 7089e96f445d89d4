"""Who answers at a model port: the model, those that are asked when it can't be had, and what one of them lacks."""

from collections.abc import Callable, Sequence
from dataclasses import replace

from weft.model.flow import Node
from weft.providers.spec import OR
from weft.ui.inspector.edits import Changes, Edits
from weft.ui.inspector.groups import GroupRow
from weft.ui.inspector.rows import FieldRow, TextRow
from weft.ui.models import ModelName, label

MOST = 6
"""Models in a row; more are written with bars between them."""


def chain_of(node: Node, port: str) -> list[str]:
    """The models that the param names, in the order they are asked."""
    value = node.params.get(port)
    return [one.strip() for one in value.split(OR) if one.strip()] if isinstance(value, str) else []


def model_row(
    node_id: str, node: Node, field: FieldRow, port: str, models: Sequence[str], edits: Edits
) -> GroupRow:
    """`field` is the port's own row, which becomes that of the first model."""
    chain, here = chain_of(node, port), f"{node_id}/{port}"
    edits.fresh.pop(here, None)

    def write(place: int) -> Callable[[str], Changes]:
        def change(text: str) -> Changes:
            now: list[str] = edits.fresh.get(here, chain)
            said = [*now[:place], text.replace("\n", " "), *now[place + 1 :]]
            edits.fresh[here] = said
            new = [one.strip() for part in said for one in part.split(OR) if one.strip()]
            if not new:
                return [{"op": "unset-param", "node": node_id, "name": port}] if any(now) else []
            return [{"op": "set-param", "node": node_id, "name": port, "value": f" {OR} ".join(new)}]

        return change

    def row(place: int) -> FieldRow:
        shown = chain[place] if place < len(chain) else ""
        key = field.key if place == 0 else f"{field.key}/{place + 1}"
        edit = edits.field(key, shown, write(place), f"Set {port} of {node_id}")
        if place == 0:
            return replace(field, **edit)
        return FieldRow(
            **edit,
            control="combo",
            label="Otherwise",
            choices=[(one, label(one)) for one in models if one not in chain],
            placeholder="a model to ask when those above can't be had",
        )

    count = min(len(chain) + 1, MOST) if chain else 1
    rows: list[FieldRow | TextRow] = [row(place) for place in range(count)]
    rows += [
        TextRow(
            key=f"{field.key}/lacks/{name}", text=f"{name} isn't set up.", hint=f"Do: {lacks}", tone="warning"
        )
        for name, lacks in lacking(chain, models)
    ]
    return GroupRow(key=f"{node_id}/models/{port}", style="list", rows=rows)


def lacking(chain: Sequence[str], models: Sequence[str]) -> list[tuple[str, str]]:
    """The providers of these models that can't answer yet, and what each lacks."""
    lacks = {str(one).partition(":")[0]: one.lacks for one in models if isinstance(one, ModelName)}
    names = dict.fromkeys(one.partition(":")[0].strip().lower() for one in chain)
    return [(name, lacks[name]) for name in names if name in lacks]

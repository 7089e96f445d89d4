"""Every reference to one thing at once: taken out when it goes, rewritten when its name changes."""

from __future__ import annotations

from weft.model.changes import Restore
from weft.model.edits.draft import Draft, target_of
from weft.model.refs import Ref


def take_references(target: Ref, draft: Draft) -> None:
    """Take every reference to a node, or to an input of the flow, out of ports, `after` and outputs.

    The inverse puts single references back into their lists, so that what others have wired meanwhile stays. What a
    node refers to in itself goes and comes back with the node.
    """
    for output, text in list(draft.outputs.items()):
        if target_of(text) == target:
            index = draft.section("outputs").take(output)
            draft.undo_with(Restore(path=("outputs", output), value=text, index=index))
    for node_id in draft.referrers(target):
        if target == Ref(node_id):
            continue
        for port in list(draft.nodes[node_id].inputs):
            _take_from_port(node_id, port, target, draft)
        after = draft.nodes[node_id].after
        if (name := str(target)) in after:
            draft.undo_with(Restore(path=("nodes", node_id, "after"), value=after))
            draft.change_node(node_id, after=[other for other in after if other != name])


def _take_from_port(node_id: str, port: str, target: Ref, draft: Draft) -> None:
    """Take the references to `target` out of one port; a port with nothing left is unwired."""
    node = draft.nodes[node_id]
    texts = node.refs(port)
    left = [text for text in texts if target_of(text) != target]
    if len(left) == len(texts):
        return
    path = ("nodes", node_id, "inputs", port)
    if left:
        for index, text in reversed(list(enumerate(texts))):
            if target_of(text) == target:
                draft.undo_with(Restore(path=(*path, "item"), value=text, index=index))
    else:
        index = list(node.inputs).index(port)
        draft.undo_with(Restore(path=path, value=node.inputs[port], index=index))
    draft.put_wired(node_id, port, left or None)


def rewrite_references(target: Ref, to: Ref, draft: Draft) -> None:
    """Make every reference to `target` one to `to`; the inverse is the same the other way round."""
    before, behind = str(target), str(to)

    def rewritten(text: str) -> str:
        return behind + text[len(before) :] if target_of(text) == target else text

    for output, text in list(draft.outputs.items()):
        if target_of(text) == target:
            draft.section("outputs").put(output, rewritten(text))
    for node_id in draft.referrers(target):
        node = draft.nodes[node_id]
        inputs = {
            port: rewritten(refs) if isinstance(refs, str) else [rewritten(text) for text in refs]
            for port, refs in node.inputs.items()
        }
        after = [behind if other == before else other for other in node.after]
        draft.change_node(node_id, inputs=inputs, after=after)

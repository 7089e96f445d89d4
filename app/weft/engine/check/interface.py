"""Is what the flow takes and gives well described?"""

from __future__ import annotations

from collections.abc import Iterator

from weft.catalog.kinds import PLAIN
from weft.engine.check.seen import Seen, bad_name, fix, slug
from weft.engine.given import type_of_input
from weft.model.changes import RemoveInput, RemoveOutput, RenameInput, RenameOutput, SetInput, SetOutput
from weft.model.flow import FlowInput
from weft.model.problems import Problem
from weft.model.refs import is_id, is_input_name, parse_ref
from weft.model.values import unwrap


def problems(seen: Seen) -> Iterator[Problem]:
    """Names, types and defaults of the inputs; names and references of the outputs; a flow without nodes."""
    flow = seen.flow
    for name, given in flow.inputs.items():
        yield from _input(seen, name, given)
    yield from _unused(seen)
    for name, text in flow.outputs.items():
        yield from _output(seen, name, text)
    if not flow.nodes:
        hint = "Add a component from the palette."
        yield Problem("empty-flow", "The flow has no nodes.", severity="warning", hint=hint)
    elif not flow.outputs and seen.ports and not any(ports.outputs for ports in seen.ports.values()):
        hint = "Add a node that gives something, such as a prompt."
        yield Problem("no-outputs", "Nothing in the flow gives a result.", severity="warning", hint=hint)


def _input(seen: Seen, name: str, given: FlowInput) -> Iterator[Problem]:
    if not is_input_name(name):
        to = slug(name, seen.flow.inputs)
        yield bad_name(
            "input", name, ("inputs", name), fix(f"Rename it to {to}", RenameInput(name=name, to=to))
        )
    try:
        kind = type_of_input(given)
    except ValueError as error:
        close = seen.nearest(given.type, PLAIN) or "text"
        changed = given.model_copy(update={"type": close})
        yield Problem(
            "unknown-type",
            f"The type of the input {name!r} is none: {error}.",
            fix=fix(f"Make it {close}", SetInput(name=name, input=changed)),
            pointer=("inputs", name, "type"),
        )
        return
    reason = kind.complaint(unwrap(given.default)) if given.has_default else ""
    if reason:
        yield Problem(
            "bad-default",
            f"The default of the input {name!r} doesn't fit: {reason}.",
            fix=fix("Remove the default", SetInput(name=name, input=_without_default(given))),
            hint="Change the default, or the type.",
            pointer=("inputs", name, "default"),
        )


def _without_default(given: FlowInput) -> FlowInput:
    kept = {name: getattr(given, name) for name in given.model_fields_set if name != "default"}
    return FlowInput(**kept)


def _unused(seen: Seen) -> Iterator[Problem]:
    read = {*seen.inputs_read}
    read |= {
        text.removeprefix("inputs.") for text in seen.flow.outputs.values() if text.startswith("inputs.")
    }
    for name in seen.flow.inputs:
        if name not in read and is_input_name(name):
            yield Problem(
                "unused-input",
                f"Nothing reads the input {name!r}.",
                severity="warning",
                fix=fix(f"Remove the input {name}", RemoveInput(name=name)),
                hint="Connect it, or remove it.",
                pointer=("inputs", name),
            )


def _output(seen: Seen, name: str, text: str) -> Iterator[Problem]:
    pointer = ("outputs", name)
    if not is_id(name):
        to = slug(name, seen.flow.outputs)
        yield bad_name("output", name, pointer, fix(f"Rename it to {to}", RenameOutput(name=name, to=to)))
    remove = fix(f"Remove the output {name}", RemoveOutput(name=name))
    try:
        ref = parse_ref(text)
    except ValueError as error:
        yield Problem("bad-ref", f"The output {name!r}: {error}", fix=remove, pointer=pointer)
        return
    lack = seen.lacks(ref)
    if lack is not None:
        better = fix(f"Take {lack.better}", SetOutput(name=name, ref=lack.better)) if lack.better else remove
        message = f"The output {name!r} takes {text!r}, but {lack.sentence}."
        yield Problem("dangling-ref", message, fix=better, hint=lack.hint, pointer=pointer)

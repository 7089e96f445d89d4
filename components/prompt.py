"""One prompt to a model, with the prompts and answers it builds on.

The messages are those of AgentKit (Wu et al., "AgentKit: Flow Engineering with Graphs, not Coding", COLM 2024): the
system text, then for each piece of `context` in order its question and answer, then this prompt. An answer that must be
JSON and isn't is asked for again, with that answer and what is wrong with it, three times in all. What is wrong is said
in AgentKit's words where AgentKit looks for it too: no JSON, its type, its length, its required keys.
"""

import asyncio
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, NotRequired, TypedDict, cast

from weft import ChatModel, Context, Messages, Template, Tool, WeftError, component, providers

Output = Literal["text", "json"] | dict[str, Any]


class Answer(TypedDict):
    text: Annotated[str, "The answer as the model wrote it"]
    messages: Annotated[Messages, "The prompt and the answer, as context for other prompts"]
    data: NotRequired[Annotated[Any, "The answer as JSON, when `output` asks for it; not taken after N/A"]]


def ports(params: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    output = params.get("output", "text")
    if output not in ("text", "json") and not isinstance(output, dict):
        raise ValueError(f'output must be "text", "json" or a JSON Schema, not {str(output)[:60]!r}')
    parsed = {} if output == "text" else {"data": _python_type(output)}
    return {"outputs": {"text": str, "messages": Messages, **parsed}}


@component(
    pure=True,
    ports=ports,
    ui={
        "title": "Prompt",
        "category": "Prompts",
        "icon": "chat",
        "color": "#5b6cff",
        "prompt": {"multiline": True},
        "system": {"multiline": True},
        "output": {"schema": True},
        "settings": {"settings_of": "model"},
    },
    reach={"file": "file"},
)
async def prompt(
    prompt: Annotated[Template, "What to ask; each {{name}} becomes a port"],
    model: Annotated[ChatModel, 'Who answers, such as "openai:gpt-4.1-mini"'],
    ctx: Context,
    context: Annotated[list[Messages], "Prompts and answers to build on, in order"] = [],  # noqa: B006
    system: Annotated[Template, "Who the model is to be"] = "You are a helpful assistant.",
    output: Annotated[Output, 'What the answer must be: "text", "json", or a JSON Schema'] = "text",
    attempts: Annotated[int, "How often to ask in all, when the answer isn't what `output` says"] = 3,
    on_invalid: Annotated[
        Literal["fail", "na"], 'After the last attempt: fail, or give the answer "N/A"'
    ] = "fail",
    fit: Annotated[
        Literal["fail", "trim"],
        "When it is more than the model takes: fail before asking, or cut what it builds on, from its front",
    ] = "fail",
    shorthand: Annotated[str, "Show other prompts this answer alone, under this title"] = "",
    file: Annotated[Path | None, "An image, PDF or text of the folder `files`, shown with the prompt"] = None,
    settings: Annotated[
        dict[str, Any], 'How the model is to answer, such as {"temperature": 0, "max_tokens": 500}'
    ] = {},  # noqa: B006
    tools: Annotated[list[Tool], "Components and flows that the model may call while it answers"] = [],  # noqa: B006
    rounds: Annotated[int, "How often it may call tools, several at once"] = 8,
    calls: Annotated[int, "How many calls it may make in all"] = 32,
) -> Answer:
    """Ask a model, with the prompts and answers it builds on."""
    before = [message for piece in context for message in piece]
    conversation: list[Mapping[str, Any]] = [
        {"role": "system", "content": system},
        *before,
        {"role": "user", "content": await _with_file(prompt, file)},
    ]
    expected = _Expected(output)
    may = range(1, len(before) + 1)
    fits = providers.Fit(model, fit, may, settings=settings, tools=tools, schema=expected.schema)
    use = providers.ToolUse(tools, ctx, rounds=rounds, calls=calls) if tools else None
    more = providers.call_options(model, schema=expected.schema, settings=settings, tools=bool(tools))
    able = use.told(model) if use is not None else model
    answer, data, wrong = "", None, ""
    corrected: list[Mapping[str, Any]] = []
    for attempt in range(max(attempts, 1)):
        if attempt:
            ctx.emit("\n\n")
            if use is not None and expected.schema is not None and providers.either(model):
                able = model  # nothing is left to be called: its server may keep to the schema now
                more = providers.call_options(model, schema=expected.schema, settings=settings)
        answer = await _ask(able, conversation, corrected, more, use, fits, ctx)
        data, wrong = expected.read(answer)
        if not wrong:
            break
        corrected = [{"role": "assistant", "content": answer}, {"role": "user", "content": wrong}]
    else:
        if on_invalid == "fail":
            raise WeftError(
                f"After {max(attempts, 1)} attempts the answer is still not what was asked for: {wrong}",
                code="invalid-answer",
                hint="Say in the prompt what to write, relax `output`, or choose another model.",
                retryable=False,
            )
        answer = "N/A"
    result: Answer = {"text": answer, "messages": _shown(prompt, answer, shorthand)}
    if expected.schema is not None and not wrong:
        result["data"] = data
    return result


def _shown(question: str, answer: str, shorthand: str) -> list[Any]:
    """What the prompts after this one see of it."""
    if shorthand:
        return [{"role": "system", "content": f"{shorthand}:\n\n{answer}"}]
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


async def _with_file(prompt: str, file: Path | None) -> str | list[dict[str, Any]]:
    if file is None:
        return prompt
    return [{"type": "text", "text": prompt}, *await asyncio.to_thread(providers.attached, [file])]


async def _ask(
    model: ChatModel,
    conversation: list[Mapping[str, Any]],
    corrected: list[Mapping[str, Any]],
    more: Mapping[str, Any],
    use: providers.ToolUse | None,
    fits: providers.Fit,
    ctx: Context,
) -> str:
    """One answer, after the calls of tools that lead to it."""
    before, after = providers.messages(conversation), providers.messages(corrected)
    if use is not None:
        return providers.text(await use.answer(model, before, after, more, fits))
    return providers.text(await providers.answered(model, await fits([*before, *after]), more, ctx))


class _Expected:
    """What the answer must be, and what to tell the model when it isn't."""

    def __init__(self, output: Output) -> None:
        self.schema: dict[str, Any] | None = None if output == "text" else {"type": "object"}
        self.validator: Any = None
        if isinstance(output, dict):
            self.schema = output
            self.validator = _validator(output)

    def read(self, answer: str) -> tuple[Any, str]:
        """The JSON in the answer, and what is wrong with it ("" if nothing is)."""
        if self.schema is None:
            return None, ""
        kind = self.schema.get("type", "object" if self.validator is None else None)
        found, data = find_json(answer, kind)
        if not found:
            return None, _not_found(answer, kind)
        if self.validator is None:
            return data, ""
        errors = _errors(self.validator, data)
        if not errors:
            return data, ""
        if all(not error.path and error.validator in _COUNTED for error in errors) and (
            short := _too_little(self.schema, data)
        ):
            return None, short
        wrong = "; ".join(_place(error) + error.message for error in errors[:5])[:2000]
        return None, f"Your answer doesn't fit: {wrong}. Answer again, with nothing but the corrected JSON."


_PYTHON = {"object": dict, "array": list}
_COUNTED = ("required", "minProperties", "maxProperties", "minItems", "maxItems")


def _not_found(answer: str, kind: Any) -> str:
    """Why no JSON of that kind was found: AgentKit's words, without the traceback it adds."""
    wanted = _PYTHON.get(kind) if isinstance(kind, str) else None
    if wanted is None:
        return "Your answer holds no JSON. Answer again, with nothing but the JSON."
    block = _BLOCK.search(answer)
    if block is None:
        found = [value for value, stray in _containers(answer) if not stray]
        if not found:
            return "Error: No json objects found"
        last = found[-1]
    else:
        try:
            last = json.loads(block[1].strip(), parse_constant=_refuse)
        except (ValueError, RecursionError) as error:
            return f"Error: {error}"
        if last is None:
            return "Invalid Json: It seems that the last Json object in the output above is invalid."
    return f"Invalid Type: Expecting the last Json object to be {wanted}, got {type(last)} instead."


def _too_little(schema: dict[str, Any], data: Any) -> str:
    """What AgentKit would say is wrong with the number of entries, or with the keys; "" if it would not."""
    entries = "Properties" if isinstance(data, dict) else "Items"
    least, most = schema.get(f"min{entries}"), schema.get(f"max{entries}")
    if least == most is not None and (length := len(cast("list[Any]", data))) != least:
        return f"Expecting length {least}, got {length} instead."
    required: list[Any] = schema.get("required", []) if isinstance(data, dict) else []
    return next((f"Expecting '{key}' in the keys." for key in required if key not in data), "")


def _errors(validator: Any, data: Any) -> list[Any]:
    from referencing.exceptions import Unresolvable

    try:
        return sorted(validator.iter_errors(data), key=lambda error: [str(part) for part in error.path])
    except Unresolvable as error:
        raise _bad_schema(f"it refers to {error.ref!r}, which isn't in it") from None
    except RecursionError:
        raise _bad_schema("its references go in a circle") from None


def _validator(schema: dict[str, Any]) -> Any:
    """Checks answers against the schema. What a schema refers to is never fetched."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for
    from referencing import Registry

    kind: Any = validator_for(schema, default=Draft202012Validator)
    try:
        kind.check_schema(schema)
    except SchemaError as error:
        raise _bad_schema(_place(error) + error.message[:300]) from None
    return kind(schema, registry=cast(Any, Registry)())


def _bad_schema(why: str) -> WeftError:
    return WeftError(
        f"`output` is no JSON Schema: {why}.",
        code="bad-schema",
        hint='Write "text", "json", or a JSON Schema.',
        retryable=False,
    )


def _place(error: Any) -> str:
    place = "".join(f".{part}" if isinstance(part, str) else f"[{part}]" for part in error.path).lstrip(".")
    return f"{place}: " if place else ""


def _python_type(output: Any) -> Any:
    kinds: dict[str, Any] = {"array": list, "string": str, "number": float, "integer": int, "boolean": bool}
    kind: Any = cast("dict[str, Any]", output).get("type") if isinstance(output, dict) else "object"
    return kinds.get(kind, dict) if isinstance(kind, str) else dict


# --- finding the JSON in an answer -------------------------------------------------------------------------------

_BLOCK = re.compile(r"```json(.*?)```", re.DOTALL)
_FENCED = re.compile(r"```[ \t]*\n(.*?)```", re.DOTALL)
_OPENING = re.compile(r"[{\[]")
_BRACKET = re.compile(r"[{}\[\]]")
_MOST_STARTS = 1_000


def find_json(answer: str, kind: Any) -> tuple[bool, Any]:
    """The whole answer if it is JSON, else its first ```json block, else the last object or list in the text.

    Wherever AgentKit finds what was asked for, so does this, and the same; it goes on looking where AgentKit would ask
    again although the answer holds it: past a block that is none, past brackets in texts, past a footnote like [1].
    """
    blocks = _BLOCK.findall(answer)
    for text in (answer, *blocks[:1], *reversed(blocks[1:])):
        found, value = _parsed(text)
        if found and _is(value, kind):
            return True, value
    found, last = False, None
    for value, stray in _containers(answer):
        if stray and found:
            break
        if _is(value, kind):
            found, last = True, value
    if found or kind in ("object", "array"):
        return found, last
    return next((parsed for text in _FENCED.findall(answer) if (parsed := _parsed(text))[0]), (False, None))


def _containers(answer: str) -> Iterator[tuple[Any, bool]]:
    """The objects and lists in a text, in order, and whether a bracket that is never closed stands before them.

    What stands in one that is broken is no answer, so it is passed over as a whole.
    """
    decoder = json.JSONDecoder(parse_constant=_refuse)
    closing = _closing(answer)
    position, stray = 0, False
    for _ in range(_MOST_STARTS):
        opening = _OPENING.search(answer, position)
        if opening is None:
            return
        start = opening.start()
        try:
            value, position = decoder.raw_decode(answer, start)
        except (ValueError, RecursionError):
            stray = stray or start not in closing
            position = closing.get(start, start) + 1
        else:
            yield value, stray


def _closing(answer: str) -> dict[int, int]:
    """Where each bracket is closed, by counting brackets alone; one that closes another kind is passed over."""
    found: dict[int, int] = {}
    opened: list[int] = []
    for bracket in _BRACKET.finditer(answer):
        if bracket[0] in "{[":
            opened.append(bracket.start())
        elif opened and answer[opened[-1]] + bracket[0] in ("{}", "[]"):
            found[opened.pop()] = bracket.start()
    return found


def _parsed(text: str) -> tuple[bool, Any]:
    try:
        return True, json.loads(text, parse_constant=_refuse)
    except (ValueError, RecursionError):
        return False, None


def _is(value: Any, kind: Any) -> bool:
    return {"object": isinstance(value, dict), "array": isinstance(value, list)}.get(str(kind), True)


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")

"""Asking a model from a component: for a text, or for JSON that fits a schema. One that isn't so is asked for again."""

import json
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from weft.model.errors import WeftError
from weft.providers.completeness import ensure_complete
from weft.providers.conversation import messages, text
from weft.providers.pool import accepts_schema

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

ATTEMPTS = 3
_FENCE = re.compile(r"```(?:json)?[ \t]*\n(.*?)```", re.DOTALL)
_MOST_STARTS = 200


async def ask_text(
    model: "BaseChatModel",
    conversation: Sequence[Mapping[str, Any]],
    emit: Callable[[str], None] | None = None,
    **more: Any,
) -> str:
    """The whole answer, shown through `emit` as it grows. A broken or truncated one is a failure."""
    whole = None
    async for chunk in model.astream(messages(conversation), **more):
        if emit is not None:
            emit(text(chunk))
        whole = chunk if whole is None else whole + chunk
    if whole is None:
        raise WeftError("The model answered with nothing.", code="empty-answer", retryable=True)
    ensure_complete(whole)
    return text(whole)


async def ask_json(
    model: "BaseChatModel",
    conversation: Sequence[Mapping[str, Any]],
    schema: Mapping[str, Any],
    emit: Callable[[str], None] | None = None,
) -> Any:
    """JSON that fits the schema. Raises `WeftError` (`invalid-answer`) after three attempts."""
    from jsonschema import Draft202012Validator

    validator: Any = Draft202012Validator(dict(schema))
    more = {"weft_schema": dict(schema)} if accepts_schema(model) else {}
    asked, wrong = list(conversation), ""
    for _ in range(ATTEMPTS):
        answer = await ask_text(model, asked, emit, **more)
        found, data = json_in(answer)
        errors: list[Any] = list(validator.iter_errors(data)) if found else []
        if found and not errors:
            return data
        wrong = errors[0].message[:300] if errors else "it holds no JSON"
        again = f"Your answer doesn't fit: {wrong}. Answer again, with nothing but the corrected JSON."
        asked = [*conversation, {"role": "assistant", "content": answer}, {"role": "user", "content": again}]
    raise WeftError(
        f"After {ATTEMPTS} attempts the answer is still not what was asked for: {wrong}.",
        code="invalid-answer",
        hint="Say more clearly what is wanted, or choose another model.",
        retryable=False,
    )


def json_in(answer: str) -> tuple[bool, Any]:
    """Whether there is JSON in an answer, and it: all of it, a fenced block, or the last object or list in the text."""
    for candidate in (answer, *reversed(_FENCE.findall(answer))):
        try:
            return True, json.loads(candidate, parse_constant=_refuse)
        except (ValueError, RecursionError):
            continue
    decoder = json.JSONDecoder(parse_constant=_refuse)
    found, last, position = False, None, 0
    for _ in range(_MOST_STARTS):
        start = min((place for one in "{[" if (place := answer.find(one, position)) >= 0), default=-1)
        if start < 0:
            break
        try:
            last, position = decoder.raw_decode(answer, start)
            found = True
        except (ValueError, RecursionError):
            position = start + 1
    return found, last


def _refuse(name: str) -> Any:
    raise ValueError(f"{name} is not JSON")

"""What a node may set of a model's call, in the same words for every provider."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, cast

from weft.model.errors import StepFailed
from weft.providers.registry import SERVED, client

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

EFFORTS = ("low", "medium", "high")
KNOWN: Mapping[str, str] = {
    "temperature": "a number from 0 to 2",
    "top_p": "a number from 0 to 1",
    "max_tokens": "a whole number above 0",
    "seed": "a whole number",
    "stop": "a text, or a list of at most 8",
    "reasoning": "low, medium or high",
}


def call_options(
    model: "BaseChatModel",
    *,
    schema: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    tools: bool = False,
) -> dict[str, Any]:
    """The arguments that make a call of this model keep to the settings, and to the schema if its server can do that.
    With `tools` no server is told of the schema: some take it only where no tool may be called.

    Raises `StepFailed` (`bad-setting`) for what isn't a setting, or isn't one of this model."""
    from weft.providers.fallback import FallbackModel
    from weft.providers.local import LocalModel

    given = checked(settings or {})
    if isinstance(model, FallbackModel):
        return {key: value for key, value in (("weft_schema", schema), ("weft_settings", given)) if value}
    if isinstance(model, LocalModel):
        return {} if schema is None else {"weft_schema": schema}
    provider = SERVED.get(str((model.metadata or {}).get("weft_model", "")).partition(":")[0])
    if provider is None:  # a live model that a program made by hand
        return given
    profile = cast("Mapping[str, Any]", model.profile or {})
    for name in ("temperature", "top_p"):
        if name in given and profile.get("temperature") is False:
            raise _bad(
                f"This model takes no {name!r}.", f"Remove {name!r} from `settings`, or choose another model."
            )
    module = client(provider)
    options = module.settings(given, model) if given else {}
    for key, value in (module.structured(schema, model) if schema is not None and not tools else {}).items():
        both = isinstance(value, dict) and isinstance(options.get(key), dict)
        options[key] = options[key] | value if both else value
    return options


def checked(settings: Mapping[str, Any]) -> dict[str, Any]:
    """The settings as every provider's module takes them."""
    made: dict[str, Any] = {}
    for name, value in settings.items():
        if name not in KNOWN:
            raise _bad(f"There is no setting {str(name)[:60]!r}.", f"There are: {', '.join(KNOWN)}.")
        if value is None:
            continue
        if not _fits(name, value):
            raise _bad(f"The setting {name!r} can't be {str(value)[:60]!r}.", f"It is {KNOWN[name]}.")
        made[name] = [value] if name == "stop" and isinstance(value, str) else value
    return made


def _fits(name: str, value: Any) -> bool:
    if name == "reasoning":
        return value in EFFORTS
    if name == "stop":
        texts = cast("list[Any]", value if isinstance(value, list) else [value])
        return 0 < len(texts) <= 8 and all(isinstance(text, str) and text for text in texts)
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
        return False
    if name in ("max_tokens", "seed"):
        return isinstance(value, int) and (value > 0 or name == "seed")
    return 0 <= value <= (2 if name == "temperature" else 1)


def _bad(message: str, hint: str) -> StepFailed:
    return StepFailed(message, code="bad-setting", hint=hint, retryable=False)

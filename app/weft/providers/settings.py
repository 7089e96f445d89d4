"""What a node may set of a model's call, in the same words for every provider."""

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol, cast, runtime_checkable

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


@runtime_checkable
class Own(Protocol):
    """A model without one server behind it, which takes schema and settings in its own way."""

    def own_options(
        self, schema: Mapping[str, Any] | None, settings: Mapping[str, Any]
    ) -> dict[str, Any]: ...


@runtime_checkable
class Several(Protocol):
    """Several models as one."""

    def all_either(self) -> bool: ...


def call_options(
    model: "BaseChatModel",
    *,
    schema: Mapping[str, Any] | None = None,
    settings: Mapping[str, Any] | None = None,
    tools: bool = False,
) -> dict[str, Any]:
    """The arguments that make a call of this model keep to the settings, and to the schema if its server can do that.
    With `tools` only those are told of the schema that take both: see `either`.

    Raises `StepFailed` (`bad-setting`) for what isn't a setting, or isn't one of this model."""
    given = checked(settings or {})
    if isinstance(model, Own):
        return model.own_options(schema, given)
    provider = SERVED.get(_provider(model))
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
    wanted = schema if not tools or _takes_both(model) else None
    for key, value in (module.structured(wanted, model) if wanted is not None else {}).items():
        both = isinstance(value, dict) and isinstance(options.get(key), dict)
        options[key] = options[key] | value if both else value
    return options


def either(model: "BaseChatModel") -> bool:
    """Whether the model's server keeps to a schema where no tool may be called, and there alone. It may then be asked
    for an answer without any, though tools were called before."""
    if isinstance(model, Several):
        return model.all_either()
    return _provider(model) in _EITHER and not _takes_both(model)


_EITHER = ("google", "mistral", "ollama", "openai", "openrouter", "vllm", "llamacpp", "lmstudio")
"""Not Anthropic's nor Bedrock's: what was said of tools may be sent to them only with the tools."""


def _takes_both(model: "BaseChatModel") -> bool:
    """OpenAI's and Anthropic's own servers; of those that are like them nobody knows."""
    elsewhere = bool((model.metadata or {}).get("weft_elsewhere"))
    name = _provider(model)
    return name == "azure" or (name in ("openai", "anthropic") and not elsewhere)


def _provider(model: "BaseChatModel") -> str:
    return str((model.metadata or {}).get("weft_model", "")).partition(":")[0]


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

"""How many tokens a model takes in one call, question and answer together, as its maker publishes it.

An unknown model has no window here, which is never taken for a small or a large one. A server of one's own may be set
to less than the model could: what a workspace says itself (`[windows]` of its `weft.toml`) goes before this.
"""

from collections.abc import Mapping, Sequence
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final, cast

from weft.providers.settings import Several

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel

PUBLISHED: Final[Mapping[str, int | None]] = {
    "openai:gpt-3.5-turbo*": 16_385,
    "openai:gpt-4-turbo*": 128_000,
    "openai:gpt-4.1*": 1_047_576,
    "openai:gpt-4o*": 128_000,
    "openai:gpt-5.3-codex-spark*": 128_000,
    "openai:gpt-5.4-mini*": 400_000,
    "openai:gpt-5.4-nano*": 400_000,
    "openai:gpt-5.[4-9]*": 1_050_000,
    "openai:gpt-5*": 400_000,
    "openai:o1*": 200_000,
    "openai:o3*": 200_000,
    "openai:o4-mini*": 200_000,
    "anthropic:claude-3*": 200_000,
    "anthropic:claude-*-4-[6-8]*": 1_000_000,
    "anthropic:claude-*-4*": 200_000,
    "anthropic:claude-*-5*": 1_000_000,
    "google:gemini-*-image*": None,
    "google:gemini-*-tts*": None,
    "google:gemini-*live*": None,
    "google:gemini-2.5-computer-use*": None,
    "google:gemini-[23].*": 1_048_576,
    "mistral:mistral-small-latest": 256_000,
    "mistral:mistral-medium-latest": 262_144,
    "mistral:mistral-large-latest": 262_144,
}
"""The first pattern that fits counts; None: it differs from one to the next."""
WINDOW: Final = "weft_window"
"""Where a live model's metadata hold its windows, as the workspace it is asked for knows them."""


def window(model: str, own: Mapping[str, int] | None = None, *, elsewhere: bool = False) -> int | None:
    """The window of `"provider:model"`; None if it isn't known. `own` are those the workspace says, by name or pattern;
    `elsewhere`: another server than its maker's answers, which may take less."""
    said = own or {}
    if model in said:
        return said[model]
    fitting = [name for name in said if "*" in name and fnmatchcase(model, name)]
    if fitting:
        return said[max(fitting, key=len)]
    if elsewhere:
        return None
    return next((size for pattern, size in PUBLISHED.items() if fnmatchcase(model, pattern)), None)


def windows_of(model: "BaseChatModel") -> list[int | None]:
    """The window of a live model; of several that are asked in turn, each one's."""
    if isinstance(model, Several):
        return [size for one in cast("Any", model).models for size in windows_of(one)]
    about = model.metadata or {}
    if WINDOW in about:
        return list(about[WINDOW])
    return [window(str(about.get("weft_model", "")), elsewhere=bool(about.get("weft_elsewhere")))]


def chain_window(windows: Sequence[int | None], *, smallest: bool) -> int | None:
    """The window of models of which the next is asked when the one before can't be had. The `smallest`: what each of
    them takes, as far as it is known; else the largest, None if one isn't known, for that one may take more."""
    known = [size for size in windows if size is not None]
    if not known or (len(known) < len(windows) and not smallest):
        return None
    return min(known) if smallest else max(known)

"""How many tokens a model takes in one call, question and answer together, as its maker publishes it.

An unknown model has no window here, which is never taken for a small or a large one. A server of one's own may be set
to less than the model could.
"""

from fnmatch import fnmatchcase
from typing import Final

PUBLISHED: Final = {
    "openai:gpt-5*": 400_000,
    "openai:gpt-4.1*": 1_047_576,
    "openai:gpt-4o*": 128_000,
    "openai:o3*": 200_000,
    "openai:o4-mini*": 200_000,
    "anthropic:claude-*-4*": 200_000,
    "anthropic:claude-3*": 200_000,
    "google:gemini-2.*": 1_048_576,
}


def window(model: str) -> int | None:
    """The window of `"provider:model"`; None if it isn't known."""
    return next((size for pattern, size in PUBLISHED.items() if fnmatchcase(model, pattern)), None)

"""What a model is called in a flow, a setting or on the command line: `"provider:model"`.

Several with `|` between them are asked in that order: the next one answers when the one before can't be had
(`fallback.py`).
"""

import difflib
from collections.abc import Callable, Mapping
from typing import NamedTuple

from weft.model.errors import StepFailed
from weft.providers.registry import SERVED

PROVIDERS: Mapping[str, str] = {
    **{name: one.about for name, one in SERVED.items()},
    "scripted": "answers from a JSON table, for tests",
    "demo": "the embedded stand-in: offline, deterministic, no real model",
}
DEFAULT_OPENAI = "openai:gpt-4.1-mini"
DEMO = "demo"
OR = "|"
_PREFERRED = ("openai", "anthropic", "google", "mistral")
"""Whose key decides who answers when nobody says, in this order."""


class Spec(NamedTuple):
    provider: str
    model: str

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}" if self.model else self.provider


def parse_chain(text: str) -> tuple[Spec, ...]:
    """The models that a name means, in the order they are asked. Raises StepFailed saying how to write it."""
    return tuple(parse_spec(part) for part in text.split(OR))


def parse_spec(text: str) -> Spec:
    """The parts of one model's name, or StepFailed saying how to write it."""
    provider, colon, model = text.strip().partition(":")
    provider = provider.strip().lower()
    model = model.strip()
    if provider not in PROVIDERS:
        raise _unknown(text, provider, named=bool(colon))
    if provider in SERVED and not model:
        model = SERVED[provider].default
        if not model:
            hint = f"Write it as '{provider}:NAME', with a name that its server knows."
            raise _bad(f"{text.strip()!r} names a provider, and no model of it.", hint)
    if provider == "scripted" and not model:
        what = "The model 'scripted' needs the file its answers are in."
        raise _bad(what, "Write it as 'scripted:path/to/answers.json'.")
    if provider == "demo" and model:
        raise _bad(f"The demo model has no variants, so {text!r} names none.", "Write 'demo'.")
    return Spec(provider, model)


def default_model(
    env: Mapping[str, str],
    workspace_setting: str | None = None,
    kept: Callable[[str], bool] = lambda _: False,
) -> str:
    """The model of a flow that names none: the workspace's setting, that of a provider whose key is there, else demo.

    `kept` says of a secret's name whether there is one."""
    if workspace_setting:
        return workspace_setting
    for provider in map(SERVED.__getitem__, _PREFERRED):
        if any(env.get(name) or env.get(f"WEFT_SECRET_{name}") or kept(name) for name in provider.keys):
            return f"{provider.name}:{provider.default}"
    return DEMO


def _bad(message: str, hint: str) -> StepFailed:
    return StepFailed(message, code="bad-model", hint=hint, retryable=False)


def _unknown(text: str, provider: str, *, named: bool) -> StepFailed:
    known = ", ".join(PROVIDERS)
    near = difflib.get_close_matches(provider, PROVIDERS, n=1)
    if near:
        hint = f"Did you mean {near[0]!r}? There are: {known}."
    elif named or not text.strip():
        hint = f"There are: {known}. Write for instance '{DEFAULT_OPENAI}' or 'demo'."
    else:
        hint = f"Write it as 'provider:model', for instance 'openai:{text.strip()}'; providers: {known}."
    what = (
        f"There is no model provider {provider!r}"
        if named or near
        else f"The model {text!r} names no provider"
    )
    return StepFailed(f"{what}.", code="unknown-provider", hint=hint, retryable=False)

"""What a model is called in a flow, a setting or on the command line: `"provider:model"`."""

import difflib
from collections.abc import Mapping
from typing import NamedTuple

from weft.model.errors import StepFailed

PROVIDERS: Mapping[str, str] = {
    "openai": "OpenAI, or a server that speaks its protocol",
    "scripted": "answers from a JSON table, for tests",
    "demo": "the embedded stand-in: offline, deterministic, no real model",
}
DEFAULT_OPENAI = "openai:gpt-4.1-mini"
DEMO = "demo"


class Spec(NamedTuple):
    provider: str
    model: str

    def __str__(self) -> str:
        return f"{self.provider}:{self.model}" if self.model else self.provider


def parse_spec(text: str) -> Spec:
    """The parts of a model's name, or StepFailed saying how to write it."""
    provider, colon, model = text.strip().partition(":")
    provider = provider.strip().lower()
    model = model.strip()
    if provider not in PROVIDERS:
        raise _unknown(text, provider, named=bool(colon))
    if provider == "openai" and not model:
        return parse_spec(DEFAULT_OPENAI)
    if provider == "scripted" and not model:
        raise StepFailed(
            "The model 'scripted' needs the file its answers are in.",
            code="bad-model",
            hint="Write it as 'scripted:path/to/answers.json'.",
            retryable=False,
        )
    if provider == "demo" and model:
        raise StepFailed(
            f"The demo model has no variants, so {text!r} names none.",
            code="bad-model",
            hint="Write 'demo'.",
            retryable=False,
        )
    return Spec(provider, model)


def default_model(env: Mapping[str, str], workspace_setting: str | None = None) -> str:
    """The model of a flow that names none: the workspace's setting, OpenAI if there is a key, else demo."""
    if workspace_setting:
        return workspace_setting
    return DEFAULT_OPENAI if env.get("OPENAI_API_KEY") else DEMO


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

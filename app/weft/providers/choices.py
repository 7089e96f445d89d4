"""Which models could answer here, and what the others lack."""

import importlib.util
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from weft.providers.accounts import address
from weft.providers.registry import SERVED

_PACKAGES = {
    "openai": "langchain_openai",
    "anthropic": "langchain_anthropic",
    "google": "langchain_google_genai",
    "mistral": "langchain_mistralai",
    "ollama": "langchain_ollama",
    "bedrock": "langchain_aws",
}
_AWS = (
    "AWS_ACCESS_KEY_ID",
    "AWS_PROFILE",
    "AWS_WEB_IDENTITY_TOKEN_FILE",
    "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI",
)


@dataclass(frozen=True, slots=True)
class Choice:
    """A provider. `lacks` says how to make it answer; "" when it is ready, as far as can be told without asking it."""

    name: str
    title: str
    about: str
    models: tuple[str, ...]
    """Names to choose from, with the provider's before the colon."""
    address: str
    lacks: str = ""

    @property
    def ready(self) -> bool:
        return not self.lacks


def configured(env: Mapping[str, str], kept: Callable[[str], bool] = lambda _: False) -> list[Choice]:
    """Every provider; `kept` says of a secret's name whether there is one. Nothing is imported, nobody is asked."""
    made = [Choice("demo", "Demo", "the embedded stand-in: offline, no real model", ("demo",), "")]
    for provider in SERVED.values():
        where = address(provider, env)
        keyed = any(env.get(name) or env.get(f"WEFT_SECRET_{name}") or kept(name) for name in provider.keys)
        models = tuple(f"{provider.name}:{model}" for model in provider.models)
        lacks = ""
        if importlib.util.find_spec(_PACKAGES[provider.extra]) is None:
            lacks = provider.package()
        elif not where and not provider.ambient:
            lacks = f"export {provider.addresses[0]}=https://..."
        elif provider.ambient and not keyed and not any(env.get(name) for name in _AWS):
            lacks = f"weft secrets set {provider.keys[0]}, or AWS's usual credentials"
        elif provider.keyless and not any(env.get(name) for name in provider.addresses):
            lacks = f"start it at {where}, or export {provider.addresses[0]}=http://..."
        elif not keyed and not provider.keyless and not provider.ambient and not provider.elsewhere(where):
            lacks = f"weft secrets set {provider.keys[0]}"
        made.append(Choice(provider.name, provider.title, provider.about, models, where, lacks))
    return made

"""The providers there are: `find` by name, `client` for the module that knows its client."""

import importlib
from collections.abc import Iterator
from types import MappingProxyType
from typing import cast

from weft.providers import anthropic, bedrock, google, mistral, ollama, openai
from weft.providers.provider import Client, Provider

_CLIENTS = (openai, anthropic, google, mistral, ollama, bedrock)
SERVED = MappingProxyType({one.name: one for module in _CLIENTS for one in module.PROVIDERS})
"""Those with a server, by the name before the colon."""
LIBRARIES = tuple(dict.fromkeys(name for module in _CLIENTS for name in module.LIBRARIES))
"""The packages whose exceptions are a model client's."""


def errors() -> Iterator[tuple[str, str, str]]:
    """Module, exception, and row of the table of failures, the more telling ones of a client first."""
    for module in _CLIENTS:
        yield from module.ERRORS


def client(provider: Provider) -> Client:
    """The module that builds the provider's models."""
    return cast("Client", importlib.import_module(provider.module))

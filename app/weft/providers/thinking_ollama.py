"""Ollama's client, made to keep what a model thinks whether or not it was asked to think.

A model that thinks by itself is told to by nobody, and the client leaves out its thoughts then; one that can't think
refuses a request that speaks of it. So they are always kept, and asked for only if a node does.
"""

from typing import Any

from langchain_ollama import ChatOllama


class ThinkingOllama(ChatOllama):
    """`reasoning` is a call's argument; without one the server decides."""

    reasoning: bool | str | None = True

    def _chat_params(self, messages: Any, stop: list[str] | None = None, **kwargs: Any) -> dict[str, Any]:
        params = super()._chat_params(messages, stop, **kwargs)
        if "reasoning" not in kwargs:
            params["think"] = None
        return params

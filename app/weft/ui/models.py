"""The models one can choose in the editor: those that are ready, then those that lack something, and what."""

from typing import TYPE_CHECKING

from weft.workspace.editing.documents import OpenDocument

if TYPE_CHECKING:
    from weft.providers.choices import Choice
    from weft.workspace import Workspace


class ModelName(str):
    """The name of a model that can't answer yet. `lacks` says what to do."""

    lacks: str

    def __new__(cls, name: str, lacks: str) -> "ModelName":
        made = super().__new__(cls, name)
        made.lacks = lacks
        return made


def providers_of(workspace: "Workspace") -> "list[Choice]":
    """The providers as they are configured here. Looks at files: for a thread."""
    return workspace.served.choices()


def models(document: OpenDocument, default: str, choices: "list[Choice]") -> list[str]:
    """Models by name: those the flow names, the workspace's, those that are ready, then one of each provider that
    isn't."""
    named = [document.flow.defaults.model, default]
    for node in document.flow.nodes.values():
        value = node.params.get("model")
        named.append(value if isinstance(value, str) else None)
    ready = [model for one in choices if one.ready for model in one.models]
    lacking = [ModelName(one.models[0], one.lacks) for one in choices if one.lacks and one.models]
    return list(dict.fromkeys(model for model in (*named, *ready, *lacking) if model))


def label(model: str) -> str:
    """What stands in the list."""
    return f"{model} (needs: {model.lacks})" if isinstance(model, ModelName) else model

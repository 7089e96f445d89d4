"""What a model can be shown beside text: known of its provider, and of the model itself where its client says."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, cast

from weft.model.errors import StepFailed
from weft.providers.registry import SERVED

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel
    from langchain_core.messages import BaseMessage

_KINDS = {"image": ("images", "image_inputs"), "file": ("PDFs", "pdf_inputs")}


def not_taken(model: "BaseChatModel") -> dict[str, str]:
    """The kinds of blocks that the model takes none of, and why, as the middle of a sentence."""
    about = model.metadata or {}
    name = str(about.get("weft_model", ""))
    provider = SERVED.get(name.partition(":")[0])
    if provider is None:
        return {}
    profile = {} if about.get("weft_elsewhere") else cast("dict[str, Any]", model.profile or {})
    found: dict[str, str] = {}
    for kind, (words, known) in _KINDS.items():
        if kind not in provider.takes:
            found[kind] = f"{provider.title} takes no {words}"
        elif profile.get(known) is False:
            found[kind] = f"The model {name!r} takes no {words}"
    return found


def refuse(messages: "Iterable[BaseMessage]", without: "dict[str, str]") -> None:
    """Raise `StepFailed` (`not-taken`) if something is to be shown that the model takes none of."""
    for message in messages if without else ():
        content = cast("Any", message.content)  # pyright: ignore[reportUnknownMemberType]
        for block in cast("list[Any]", content) if isinstance(content, list) else ():
            kind = str(block.get("type")) if isinstance(block, dict) else ""  # pyright: ignore
            if why := without.get("image" if kind == "image_url" else kind):
                raise StepFailed(
                    f"{why}, and this prompt shows one.",
                    code="not-taken",
                    hint="Choose a model that does, or give the prompt the text of it instead.",
                    retryable=False,
                )

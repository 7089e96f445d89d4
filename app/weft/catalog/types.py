"""Port types in one import: the kinds, which annotation means which, and what fits what."""

from weft.catalog.annotations import from_annotation
from weft.catalog.condition import Condition
from weft.catalog.fits import ADAPTERS, Fit, compatible
from weft.catalog.kinds import (
    ChatModel,
    Expression,
    Kind,
    Message,
    Messages,
    PortType,
    Secret,
    Template,
    called,
    is_messages,
)

__all__ = [
    "ADAPTERS",
    "ChatModel",
    "Condition",
    "Expression",
    "Fit",
    "Kind",
    "Message",
    "Messages",
    "PortType",
    "Secret",
    "Template",
    "called",
    "compatible",
    "from_annotation",
    "is_messages",
]

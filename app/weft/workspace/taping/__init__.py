"""Cassettes: what models and tools answered, kept beside the flow, so that it runs again without them."""

from weft.workspace.taping.cassette import Cassette, ModelCall, ToolCall, cassette_path, read_cassette
from weft.workspace.taping.recording import Recording, calls_of
from weft.workspace.taping.replay import Replay

Tape = Recording | Replay

__all__ = [
    "Cassette",
    "ModelCall",
    "Recording",
    "Replay",
    "Tape",
    "ToolCall",
    "calls_of",
    "cassette_path",
    "read_cassette",
]

"""Files as parts of a message: images and PDFs as they are, text as text. What a file is, its bytes say, not its name."""

import base64
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from weft.model.errors import StepFailed

LARGEST = 10_000_000
"""Bytes of one file, and twice that of all files of a message."""
_MARKS = (
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF87a", "image/gif"),
    (b"GIF89a", "image/gif"),
    (b"%PDF-", "application/pdf"),
)


def attached(paths: Iterable[Path]) -> list[dict[str, Any]]:
    """The files as content blocks of langchain-core, in their order. Reads them: for a thread.

    Raises `StepFailed`: `no-file`, `file-error`, `too-large`, `unknown-file`."""
    blocks: list[dict[str, Any]] = []
    left = 2 * LARGEST
    for path in paths:
        data = _read(path, min(LARGEST, left))
        left -= len(data)
        blocks.append(_block(path, data))
    return blocks


def _read(path: Path, most: int) -> bytes:
    try:
        if not path.is_file():
            where = "Put it into the workspace's folder 'files', and name it from there."
            raise _failed(path, "no-file", "isn't there, or is no plain file", where)
        with path.open("rb") as opened:
            data = opened.read(most + 1)
    except OSError as problem:
        why = f"can't be read ({problem.strerror or problem})"
        raise _failed(path, "file-error", why, "Look at who may read it.") from None
    if len(data) > most:
        limit = f"{LARGEST / 1e6:.0f} MB for one file, {2 * LARGEST / 1e6:.0f} MB for all of a prompt"
        raise _failed(path, "too-large", "is more than a prompt takes", f"The limit is {limit}.")
    return data


def _block(path: Path, data: bytes) -> dict[str, Any]:
    kind = next((kind for mark, kind in _MARKS if data.startswith(mark)), "")
    if data[:4] == b"RIFF" and data[8:12] == b"WEBP":
        kind = "image/webp"
    if kind.startswith("image/"):
        return {"type": "image", "base64": base64.b64encode(data).decode(), "mime_type": kind}
    if kind:
        encoded = base64.b64encode(data).decode()
        return {"type": "file", "base64": encoded, "mime_type": kind, "filename": path.name}
    try:
        return {"type": "text", "text": f"File {path.name}:\n\n{data.decode('utf-8-sig')}"}
    except UnicodeDecodeError:
        what = "is no image, PDF or text in UTF-8"
        raise _failed(path, "unknown-file", what, "Images are PNG, JPEG, GIF or WebP.") from None


def _failed(path: Path, code: str, why: str, hint: str) -> StepFailed:
    return StepFailed(f"The file {path.name!r} {why}.", code=code, hint=hint, retryable=False)

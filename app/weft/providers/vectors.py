"""Texts with their vectors, in memory or in a file: langchain-core's vector store interface, in plain Python."""
# What is inside JSON isn't known before it is looked at.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

import hashlib
import json
import math
import os
import tempfile
from collections.abc import Iterable
from operator import mul
from pathlib import Path
from typing import Any

from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.vectorstores import VectorStore

from weft.model.errors import WeftError

LARGEST = 100_000_000
"""Bytes of a file of vectors."""


class Vectors(VectorStore):
    """Of one model. A text that is there already, with the same metadata, is not asked about again."""

    def __init__(self, model: str, embedding: Embeddings) -> None:
        self.model, self._embedding = model, embedding
        self.entries: dict[str, dict[str, Any]] = {}

    @property
    def embeddings(self) -> Embeddings:
        return self._embedding

    def add_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        new, named = self._new(list(texts), metadatas, ids)
        self._take(new, self._embedding.embed_documents([one["text"] for one in new.values()]))
        return named

    async def aadd_texts(
        self,
        texts: Iterable[str],
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> list[str]:
        new, named = self._new(list(texts), metadatas, ids)
        if new:
            self._take(new, await self._embedding.aembed_documents([one["text"] for one in new.values()]))
        return named

    def unknown(self, texts: list[str], metadatas: list[dict[str, Any]]) -> list[str]:
        """Those of the texts that would be asked about."""
        return [one["text"] for one in self._new(texts, metadatas, None)[0].values()]

    def _new(
        self, texts: list[str], metadatas: list[dict[str, Any]] | None, ids: list[str] | None
    ) -> tuple[dict[str, dict[str, Any]], list[str]]:
        known = metadatas or [{} for _ in texts]
        named = ids or [_digest(text, metadata) for text, metadata in zip(texts, known, strict=True)]
        new = {
            one: {"text": text, "metadata": metadata}
            for one, text, metadata in zip(named, texts, known, strict=True)
            if one not in self.entries
        }
        return new, named

    def _take(self, new: dict[str, dict[str, Any]], vectors: list[list[float]]) -> None:
        self.entries |= {
            one: {**entry, "vector": vector}
            for (one, entry), vector in zip(new.items(), vectors, strict=True)
        }

    def delete(self, ids: list[str] | None = None, **kwargs: Any) -> bool:
        for one in list(self.entries) if ids is None else ids:
            self.entries.pop(one, None)
        return True

    def get_by_ids(self, ids: Any, /) -> list[Document]:
        return [_document(one, self.entries[one]) for one in ids if one in self.entries]

    def similarity_search(self, query: str, k: int = 4, **kwargs: Any) -> list[Document]:
        return [found for found, _ in self.similarity_search_with_score(query, k)]

    def similarity_search_with_score(
        self, query: str, k: int = 4, **kwargs: Any
    ) -> list[tuple[Document, float]]:
        return self.nearest(self._embedding.embed_query(query), k)

    def nearest(self, vector: list[float], k: int) -> list[tuple[Document, float]]:
        """Those whose vectors point most nearly the same way, from 1 to -1; of equals the earlier first."""
        length = math.hypot(*vector) or 1.0
        scored: list[tuple[str, float]] = []
        for one, entry in self.entries.items():
            other = entry["vector"]
            if len(other) != len(vector):
                raise _bad("it holds vectors of another length than this model gives", "Make it anew.")
            scored.append((one, sum(map(mul, vector, other)) / (length * (math.hypot(*other) or 1.0))))
        best = sorted(scored, key=lambda pair: -pair[1])[: max(0, k)]
        return [(_document(one, self.entries[one]), score) for one, score in best]

    @classmethod
    def from_texts(
        cls,
        texts: list[str],
        embedding: Embeddings,
        metadatas: list[dict[str, Any]] | None = None,
        *,
        ids: list[str] | None = None,
        **kwargs: Any,
    ) -> "Vectors":
        made = cls(str(kwargs.get("model", "")), embedding)
        made.add_texts(texts, metadatas, ids=ids)
        return made

    def plain(self) -> dict[str, Any]:
        """As JSON, which `read` takes."""
        return {"weft_vectors": 1, "model": self.model, "entries": self.entries}

    def read(self, plain: Any) -> None:
        """Add what `plain` gave. Raises `WeftError` `bad-index` for what is none, or of another model."""
        if not isinstance(plain, dict) or plain.get("weft_vectors") != 1:
            raise _bad("it is no index", "Wire the output `index` of an `embed` step.")
        if plain.get("model") != self.model:
            raise _bad(
                f"it was made with {str(plain.get('model'))[:80]!r}", f"Make it anew with {self.model!r}."
            )
        entries = plain.get("entries")
        if not isinstance(entries, dict) or not all(map(_is_entry, entries.values())):
            raise _bad("it is damaged", "Make it anew.")
        self.entries |= entries

    def read_file(self, path: Path) -> None:
        """The same from a file, nothing from one that isn't there yet."""
        try:
            with path.open("rb") as opened:
                raw = opened.read(LARGEST + 1)
            if len(raw) > LARGEST:
                raise _bad(f"it has more than {LARGEST:,} bytes", "Use several.")
            self.read(json.loads(raw))
        except FileNotFoundError:
            return
        except OSError as error:
            raise _bad(f"{error.strerror or error}".lower(), "Look at the name.") from None
        except (ValueError, RecursionError):
            raise _bad("it is no index", "Name another file: it isn't written over.") from None

    def write_file(self, path: Path) -> None:
        """All of it or nothing: written beside, then put in place."""
        raw = json.dumps(self.plain(), ensure_ascii=False).encode("utf-8", "replace")
        if len(raw) > LARGEST:
            raise _bad(f"it would have more than {LARGEST:,} bytes", "Use several.")
        beside = ""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, beside = tempfile.mkstemp(dir=path.parent, prefix=".weft-")
            with os.fdopen(handle, "wb") as opened:
                opened.write(raw)
                opened.flush()
                os.fsync(opened.fileno())
            os.chmod(beside, 0o644)
            os.replace(beside, path)
        except OSError as error:
            Path(beside).unlink(missing_ok=True) if beside else None
            raise _bad(f"{error.strerror or error}".lower(), "Look at the name.") from None


def _is_entry(entry: Any) -> bool:
    if not isinstance(entry, dict) or not isinstance(entry.get("text"), str):
        return False
    vector = entry.get("vector")
    return (
        isinstance(entry.get("metadata"), dict)
        and isinstance(vector, list)
        and all(isinstance(one, int | float) for one in vector)
    )


def _document(one: str, entry: dict[str, Any]) -> Document:
    return Document(id=one, page_content=entry["text"], metadata=entry["metadata"])


def _digest(text: str, metadata: dict[str, Any]) -> str:
    whole = json.dumps([text, metadata], sort_keys=True)
    return hashlib.sha256(whole.encode()).hexdigest()[:24]


def _bad(why: str, hint: str) -> WeftError:
    return WeftError(f"The index can't be used: {why}.", code="bad-index", hint=hint, retryable=False)

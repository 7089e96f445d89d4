"""Texts found by what they mean: `embed` makes an index of them, `retrieve` finds those next to a question.

An index travels along an edge, or lies in a file under `files/` that later runs go on with. It is of one model.
"""
# What is inside JSON isn't known before it is looked at.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

import asyncio
import threading
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NotRequired, TypedDict

from weft import Context, Secret, WeftError, component, providers

if TYPE_CHECKING:
    from weft.providers.vectors import Vectors  # langchain takes long to load

AT_ONCE = 100
MOST = 20_000
MODEL = "Which embedding model: words (offline, by spelling), openai:text-embedding-3-small, ollama:..., google:..."
KEY = "The key of its server, if it isn't in the environment"
_writing = threading.Lock()


class Embedded(TypedDict):
    count: Annotated[int, "How many texts the index has"]
    added: Annotated[int, "How many of them are new"]
    index: NotRequired[Annotated[dict[str, Any], "The index, when it isn't in a file"]]


def ports(params: Mapping[str, Any]) -> dict[str, Any]:
    index = (
        {}
        if params.get("file") is not None
        else {"index": Annotated[dict[str, Any], "The index, for `retrieve`"]}
    )
    count = Annotated[int, "How many texts the index has"]
    return {"outputs": {"count": count, "added": Annotated[int, "How many of them are new"], **index}}


@component(
    ports=ports,
    ui={"title": "Embed", "category": "Tools", "icon": "hub", "color": "#0ea5b7"},
    reach={"model": "model", "file": "written"},
)
async def embed(
    texts: Annotated[list[Any], "Texts, or objects with a text; what else is in them is given back with it"],
    ctx: Context,
    model: Annotated[str, MODEL] = "words",
    key: Annotated[Secret | None, KEY] = None,
    file: Annotated[Path | None, "A file inside the folder `files` that the index is kept in"] = None,
) -> Embedded:
    """Make an index of texts, in which `retrieve` finds them by what they mean."""
    plain, more = _texts(texts)
    async with _opened(model, key, ctx) as store:
        return await _embedded(store, plain, more, model, file, ctx)


async def _embedded(
    store: "Vectors",
    plain: list[str],
    more: list[dict[str, Any]],
    model: str,
    file: Path | None,
    ctx: Context,
) -> Embedded:
    if file is not None:
        await asyncio.to_thread(store.read_file, file)
    before = len(store.entries)
    for start in range(0, len(plain), AT_ONCE):
        some = slice(start, start + AT_ONCE)
        new = store.unknown(plain[some], more[some])
        if new:
            await _asked(model, new, ctx, partial(store.aadd_texts, plain[some], more[some]))
    added = len(store.entries) - before
    if file is None:
        return {"count": len(store.entries), "added": added, "index": store.plain()}
    if added:
        await asyncio.to_thread(_write, store, file)
    return {"count": len(store.entries), "added": added}


class Retrieved(TypedDict):
    found: Annotated[list[Any], "The texts, the nearest first: text, score, and what else was given with it"]
    text: Annotated[str, "All of them as one text"]


@component(
    ui={"title": "Retrieve", "category": "Tools", "icon": "travel_explore", "color": "#0ea5b7"},
    reach={"model": "model", "file": "file"},
)
async def retrieve(
    question: Annotated[str, "What the texts are to be near to"],
    ctx: Context,
    index: Annotated[dict[str, Any] | None, "The index of an `embed` step"] = None,
    file: Annotated[Path | None, "Or the file that it is kept in"] = None,
    model: Annotated[str, MODEL + "; the one the index was made with"] = "words",
    key: Annotated[Secret | None, KEY] = None,
    most: Annotated[int, "How many texts to give"] = 4,
    least: Annotated[float, "How near they must be at least, from -1 to 1"] = 0.0,
) -> Retrieved:
    """Find the texts of an index that are nearest to a question."""
    async with _opened(model, key, ctx) as store:
        if index is not None:
            store.read(index)
        elif file is not None and await asyncio.to_thread(file.exists):
            await asyncio.to_thread(store.read_file, file)
        else:
            what = f"{file.name!r} isn't there" if file else "there is none"
            raise WeftError(
                f"The index can't be used: {what}.",
                code="bad-index",
                hint="Wire the output `index` of an `embed` step, or name the file that one keeps it in.",
                retryable=False,
            )
        vector = await _asked(model, [question], ctx, partial(store.embeddings.aembed_query, question))
        near = await asyncio.to_thread(store.nearest, vector, max(1, most))
    found = [
        {**one.metadata, "text": one.page_content, "score": round(score, 4)}
        for one, score in near
        if score >= least
    ]
    return {"found": found, "text": "\n\n".join(str(one["text"]) for one in found)}


def _texts(given: list[Any]) -> tuple[list[str], list[dict[str, Any]]]:
    texts: list[str] = []
    more: list[dict[str, Any]] = []
    for number, one in enumerate(given, 1):
        text = one.get("text") if isinstance(one, dict) else one
        if not isinstance(text, str) or not text.strip():
            raise _bad(f"text {number} is none", "Give texts, or objects with a text.")
        texts.append(text)
        more.append(
            {name: value for name, value in one.items() if name != "text"} if isinstance(one, dict) else {}
        )
    if len(texts) > MOST:
        raise _bad(f"there are more than {MOST:,}", "Give fewer at a time.")
    return texts, more


@asynccontextmanager
async def _opened(model: str, key: Secret | None, ctx: Context) -> AsyncGenerator["Vectors"]:
    """The store of that model, whose connections are closed afterwards."""
    store = await asyncio.to_thread(_store, model, key, ctx)  # what it imports takes long
    try:
        yield store
    finally:
        from weft.providers.embedding import close

        await close(store.embeddings)


def _store(model: str, key: Secret | None, ctx: Context) -> "Vectors":
    from weft.providers.embedding import embeddings, server
    from weft.providers.vectors import Vectors

    here = getattr(ctx, "here", None)
    where = server(model, here=here)
    value = key.reveal(where) if key is not None and where else ""
    return Vectors(model.strip(), embeddings(model, value, here=here))


async def _asked(model: str, texts: list[str], ctx: Context, call: Callable[[], Awaitable[Any]]) -> Any:
    """What a server answers, counted as a call; what its client raises is said as for a model that answers."""
    from weft.providers.embedding import counted

    try:
        return await counted(model, texts, ctx, call)
    except WeftError:
        raise
    except Exception as error:
        if (known := providers.explain(error)) is not None:
            raise known from None
        raise


def _write(store: "Vectors", file: Path) -> None:
    """With what another step added meanwhile."""
    with _writing:
        store.read_file(file)
        store.write_file(file)


def _bad(why: str, hint: str) -> WeftError:
    return WeftError(f"The texts can't be embedded: {why}.", code="bad-texts", hint=hint, retryable=False)

"""`search_text`, `embed` and `retrieve`."""

import asyncio
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.components.conftest import Alone
from tests.fakes.web import Web

from weft import Secret, WeftError
from weft.catalog import Component
from weft.providers.embedding import Words, embeddings, server
from weft.providers.vectors import Vectors
from weft.testing import run_flow

Stock = Callable[[str], Component]
FACTS = [
    "Tides rise and fall with the moon.",
    "A turbine in the tide makes current.",
    "Bread needs flour, water, salt and time.",
]


async def use(component: Component, **given: Any) -> dict[str, Any]:
    return await component.call(given, Alone())


async def refused(component: Component, **given: Any) -> WeftError:
    with pytest.raises(WeftError) as failed:
        await use(component, **given)
    assert failed.value.hint
    return failed.value


# --- search_text -----------------------------------------------------------------------------------------------------


async def test_the_passage_with_more_and_rarer_words_comes_first(stock: Stock) -> None:
    texts = [*FACTS, {"text": "The moon, the moon!", "source": "song"}, "the the the"]
    found = await use(stock("search_text"), words="the MOON tides", texts=texts)
    assert [one["source"] for one in found["found"]] == ["text 1", "song", "text 5", "text 2"]
    assert found["text"].startswith(f"[text 1, line 1]\n{FACTS[0]}\n\n[song, line 1]\n")
    assert (await use(stock("search_text"), words="zebra", texts=texts)) == {"found": [], "text": ""}
    assert (await use(stock("search_text"), words="a")) == {"found": [], "text": ""}


async def test_files_are_searched_and_what_is_none_is_passed_over(stock: Stock, tmp_path: Path) -> None:
    home = tmp_path / "notes"
    (home / "deep").mkdir(parents=True)
    (home / ".hidden").mkdir()
    (home / "deep" / "b.md").write_text("one\n\n" + "word " * 30 + "\nneedle here\n" + "word " * 30)
    for name in ("a.txt", ".dot", ".hidden/x.txt"):
        (home / name).write_text("needle")
    (home / "binary").write_bytes(b"needle\0\xff")
    (tmp_path / "outside.txt").write_text("needle")
    (home / "link").symlink_to(tmp_path / "outside.txt")
    found = await use(stock("search_text"), words="needle", place=home, size=150)
    assert [(one["source"], one["line"]) for one in found["found"]] == [("a.txt", 1), ("deep/b.md", 4)]
    alone = await use(stock("search_text"), words="needle", place=home / "a.txt", most=1)
    assert alone["found"][0]["source"] == "a.txt"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"words": " !"}, "no word to look for"),
        ({"words": "a", "texts": [1]}, "text 1 is none"),
        ({"words": "a", "place": Path("missing")}, "'missing' isn't there"),
    ],
)
async def test_what_cannot_be_searched_is_told(stock: Stock, given: dict[str, Any], said: str) -> None:
    failed = await refused(stock("search_text"), **given)
    assert (failed.code, said in failed.message) == ("bad-search", True)


# --- embed and retrieve ----------------------------------------------------------------------------------------------


async def test_texts_are_found_through_an_edge() -> None:
    texts = [{"text": text, "number": number} for number, text in enumerate(FACTS)]
    nodes = {
        "index": {"component": "embed", "params": {"texts": texts}},
        "near": {
            "component": "retrieve",
            "params": {"question": "How do tides and the moon go together?", "most": 2},
            "inputs": {"index": "index.index"},
        },
    }
    result = await run_flow({"format": 1, "nodes": nodes})
    assert result.error is None
    found = result.values["near"]["found"]
    assert found[0]["number"] == 0
    assert found[0].keys() == {"text", "number", "score"}
    assert result.values["near"]["text"].startswith(FACTS[0])


async def test_a_file_is_gone_on_with(stock: Stock, tmp_path: Path) -> None:
    embed, file = stock("embed"), tmp_path / "deep" / "index.json"
    assert await use(embed, texts=FACTS[:2], file=file) == {"count": 2, "added": 2}
    await asyncio.gather(*(use(embed, texts=[FACTS[1], FACTS[2], f"More {n}"], file=file) for n in range(4)))
    assert await use(embed, texts=FACTS, file=file) == {"count": 7, "added": 0}
    assert [entry.name for entry in file.parent.iterdir()] == ["index.json"]
    found = await use(stock("retrieve"), question="salt bread", file=file, most=1)
    assert found["text"] == FACTS[2]
    assert (await use(stock("retrieve"), question="salt bread", file=file, least=0.99))["found"] == []


async def test_what_is_no_index_is_told_and_left_as_it_is(stock: Stock, tmp_path: Path) -> None:
    letter = tmp_path / "letter.txt"
    letter.write_text("Dear you")
    for component, given in (("embed", {"texts": FACTS}), ("retrieve", {"question": "x"})):
        failed = await refused(stock(component), file=letter, **given)
        assert failed.code == "bad-index"
    assert letter.read_text() == "Dear you"
    other = {"weft_vectors": 1, "model": "openai:x", "entries": {}}
    assert "made with 'openai:x'" in (await refused(stock("retrieve"), question="x", index=other)).message
    broken = {"weft_vectors": 1, "model": "words", "entries": {"a": {"text": 1}}}
    assert "damaged" in (await refused(stock("retrieve"), question="x", index=broken)).message
    short = {**broken, "entries": {"a": {"text": "a", "metadata": {}, "vector": [1.0]}}}
    assert "another length" in (await refused(stock("retrieve"), question="x", index=short)).message
    assert "there is none" in (await refused(stock("retrieve"), question="x")).message
    assert "isn't there" in (await refused(stock("retrieve"), question="x", file=tmp_path / "no")).message
    assert "text 2 is none" in (await refused(stock("embed"), texts=["a", ""])).message


@pytest.mark.parametrize("name", ["", "word", "openai", "openai:", "anthropic:x", "words:2", "os:system"])
def test_what_is_no_embedding_model_is_told(name: str) -> None:
    with pytest.raises(WeftError) as failed:
        embeddings(name)
    assert failed.value.code == "unknown-model"
    assert "openai:text-embedding-3-small" in failed.value.hint


def test_words_are_the_same_each_time() -> None:
    one = Words().embed_query("Tidal power")
    assert one == Words().embed_documents(["tidal POWER!"])[0]
    assert sum(value * value for value in one) == pytest.approx(1.0, abs=1e-3)
    assert Words().embed_query("") == [0.0] * 256


async def test_a_server_is_asked_with_the_key(
    stock: Stock, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPENAI_BASE_URL", f"{web.url}/v1")
    monkeypatch.delenv("OPENAI_API_KEY", raising=False)
    data = [{"object": "embedding", "index": n, "embedding": [1.0, n]} for n in range(2)]
    body = {"object": "list", "model": "m", "data": data, "usage": {"prompt_tokens": 1, "total_tokens": 1}}
    web.answer("/v1/embeddings", json.dumps(body), content_type="application/json")
    to: list[str] = []
    found = await use(
        stock("embed"), texts=["a", "b"], model="openai:m", key=Secret("K", "sk-one", to.append)
    )
    assert [entry["vector"] for entry in found["index"]["entries"].values()] == [[1.0, 0.0], [1.0, 1.0]]
    [request] = web.requests
    assert request.headers["authorization"] == "Bearer sk-one"
    assert json.loads(request.body)["input"] == ["a", "b"]
    assert to == [server("openai:m")] == [f"{web.url}/v1"]
    web.answer("/v1/embeddings", '{"error": {"message": "no"}}', status=401, content_type="application/json")
    failed = await refused(stock("embed"), texts=["a"], model="openai:m", key=Secret("K", "sk-one"))
    assert failed.retryable is False


# --- langchain-core's interface --------------------------------------------------------------------------------------


async def test_it_is_a_vector_store(tmp_path: Path) -> None:
    store = Vectors.from_texts(FACTS, Words(), [{"n": n} for n in range(3)], model="words")
    assert [one.metadata for one in store.similarity_search("bread", k=1)] == [{"n": 2}]
    assert [one.metadata for one in await store.asimilarity_search("bread", k=1)] == [{"n": 2}]
    [(found, score)] = store.similarity_search_with_score(FACTS[1], k=1)
    assert (found.page_content, score) == (FACTS[1], pytest.approx(1.0, abs=1e-3))
    assert store.as_retriever(search_kwargs={"k": 1}).invoke("moon")[0].page_content == FACTS[0]
    [one] = store.add_texts(["new"], ids=["mine"])
    assert one == "mine"
    assert store.get_by_ids(["mine", "other"])[0].page_content == "new"
    store.delete(["mine"])
    store.write_file(tmp_path / "a.json")
    again = Vectors("words", Words())
    again.read_file(tmp_path / "a.json")
    assert again.entries == store.entries

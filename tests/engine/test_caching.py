"""What is used again, what never is, and what makes a result stale."""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from tests.engine.build import catalog, finished, flow, node, subtask

from weft.catalog import Catalog, ChatModel, Context, Expression, Secret, Template, component, load_file
from weft.engine import Event, Services
from weft.engine.caching import Entry, MemoryCache
from weft.model import Flow, StepFailed, from_json

Json = dict[str, Any]
RAN: list[str] = []


@pytest.fixture(autouse=True)
def _nothing_ran() -> None:
    RAN.clear()


@component(pure=True)
async def write(name: str, text: Template = "", items: list[str] = []) -> str:  # noqa: B006 - never changed
    """Give the text, and what it gets."""
    RAN.append(name)
    return text + "".join(items)


@component
async def fetch(name: str, text: str = "") -> str:
    """Never the same for sure."""
    RAN.append(name)
    return text or f"fetched {len(RAN)}"


@component(pure=True)
async def ask(name: str, prompt: Template, model: ChatModel) -> str:
    """Ask a model."""
    RAN.append(name)
    return f"{model}: {prompt}"


@component(pure=True)
async def look(name: str, ctx: Context, path: str = "plan") -> Any:
    """Look at the state itself, and write into it."""
    RAN.append(name)
    ctx.state.set("seen", name)
    return ctx.state.get(path)


@component(pure=True)
async def read(name: str, path: Path) -> str:
    """Read a file."""
    RAN.append(name)
    return path.name


@component(pure=True)
async def login(name: str, key: Secret) -> str:
    """Use a secret."""
    RAN.append(name)
    return "in"


@component(pure=True)
async def choose(name: str, when: Expression) -> bool:
    """Evaluate."""
    RAN.append(name)
    return bool(when)


@component(pure=True)
async def flaky(name: str) -> str:
    """Fail, always."""
    RAN.append(name)
    raise StepFailed("no", code="broken", retryable=False)


@component(pure=True, ports=lambda params: {"outputs": {"text": str, "data": Any}})
async def answer(name: str, good: bool) -> dict[str, Any]:
    """An answer, or N/A."""
    RAN.append(name)
    return {"text": "yes", "data": 1} if good else {"text": "N/A"}


KNOWN = catalog(write, fetch, ask, look, read, login, choose, flaky, answer)


def services(model: str = "demo", files: Mapping[str, str] | None = None) -> Services:
    def identity(value: Any, knows: Any) -> str:
        return value or knows.model or knows.flow_defaults.model or model

    return Services(
        resolvers={
            "model": lambda value, scope: identity(value, scope),
            "secret": lambda value, scope: "s3cret",
            "file": lambda value, scope: Path(str(getattr(value, "path", value))),
            "flow": lambda value, scope: value if isinstance(value, Flow) else from_json(value),
        },
        identities={"model": identity, "file": lambda value, knows: (files or {}).get(str(value))},
    )


async def run(made: Flow, cache: MemoryCache, inputs: Json | None = None, **more: Any) -> list[Event]:
    """Run it; `RAN` is what ran in it."""
    RAN.clear()
    more.setdefault("services", services())
    _, events = await finished(made, more.pop("known", KNOWN), inputs, cache=cache, **more)
    return events


def cached(events: list[Event]) -> list[str]:
    return [event.path for event in events if event.kind == "step-finished" and event.data["cached"]]


def essay(**params: Any) -> Flow:
    nodes = {
        "outline": node("write", name="outline", text="about {{topic}}", topic="@inputs.topic"),
        "essay": node("write", name="essay", text=params.pop("text", "see {{outline}}"), outline="@outline"),
        "title": node("write", name="title", text="{{topic}}!", topic="@inputs.topic"),
    }
    return flow(nodes, inputs={"topic": {"type": "text"}}, **params)


async def test_what_is_the_same_is_not_run_again() -> None:
    cache = MemoryCache()
    first = await run(essay(), cache, {"topic": "tides"}, run_id="one")
    assert RAN == ["outline", "title", "essay"]
    assert cached(first) == []
    again = await run(essay(), cache, {"topic": "tides"}, run_id="two")
    assert RAN == []
    assert sorted(cached(again)) == ["essay", "outline", "title"]
    end = next(event for event in again if event.kind == "step-finished" and event.path == "essay")
    assert end.data["value"] == {"output": "see about tides"}
    assert (end.data["from"], end.data["usage"]["calls"], end.data["cost"]) == ("one", 0, 0.0)
    assert again[-1].data["outputs"] == first[-1].data["outputs"]


async def test_a_changed_text_runs_its_step_alone() -> None:
    cache = MemoryCache()
    await run(essay(), cache, {"topic": "tides"})
    await run(essay(text="look at {{outline}}"), cache, {"topic": "tides"})
    assert RAN == ["essay"]
    await run(essay(), cache, {"topic": "moon"})
    assert RAN == ["outline", "title", "essay"]
    await run(essay(), cache, {"topic": "tides"})
    assert RAN == []


async def test_a_step_that_gives_what_it_gave_leaves_what_follows_cached() -> None:
    def made(text: str) -> Flow:
        return flow(
            {
                "a": node("fetch", name="a", text=text),
                "b": node("write", name="b", text="{{x | trim}}", x="@a"),
                "c": node("write", name="c", text="{{x}}", x="@b"),
            }
        )

    cache = MemoryCache()
    await run(made("same"), cache)
    await run(made(" same"), cache)
    assert RAN == ["a"], "the finished text of b is what it was"


async def test_layout_titles_timeouts_and_retries_change_nothing() -> None:
    cache = MemoryCache()
    await run(flow({"a": node("write", name="a", text="x")}), cache)
    changed = flow(
        {"a": node("write", name="a", text="x", title="Another", options={"timeout": 9, "retries": 2})},
        layout={"nodes": {"a": [1, 2]}},
    )
    await run(changed, cache)
    assert RAN == []


async def test_what_fails_is_skipped_or_is_no_answer_is_never_kept() -> None:
    cache = MemoryCache()
    made = flow(
        {
            "bad": node("flaky", name="bad", options={"on_error": "continue", "default": "x"}),
            "let": node("flaky", name="let", options={"on_error": "skip"}),
            "na": node("answer", name="na", good=False),
            "ok": node("answer", name="ok", good=True),
        }
    )
    await run(made, cache)
    await run(made, cache)
    assert sorted(RAN) == ["bad", "let", "na"]


async def test_what_is_not_pure_is_told_not_to_or_takes_a_secret_is_never_kept() -> None:
    cache = MemoryCache()
    made = flow(
        {
            "impure": node("fetch", name="impure"),
            "told": node("write", name="told", text="x", options={"cache": "never"}),
            "secret": node("login", name="secret", key={"$secret": "KEY"}),
        }
    )
    await run(made, cache)
    await run(made, cache)
    assert sorted(RAN) == ["impure", "secret", "told"]
    assert len(cache) == 0


async def test_another_model_asks_again_wherever_it_is_named() -> None:
    cache = MemoryCache()
    made = flow({"a": node("ask", name="a", prompt="hello")})
    await run(made, cache)
    await run(made, cache, model="openai:x")
    assert RAN == ["a"]
    await run(flow({"a": node("ask", name="a", prompt="hello")}, defaults={"model": "openai:y"}), cache)
    assert RAN == ["a"]
    await run(flow({"a": node("ask", name="a", prompt="hello", model="openai:x")}), cache)
    assert RAN == [], "the same model answers, whoever names it"


async def test_a_model_without_an_identity_is_never_kept() -> None:
    cache = MemoryCache()
    made = flow({"a": node("ask", name="a", prompt="hello")})
    nameless = Services(resolvers={"model": lambda value, scope: "somebody"})
    await run(made, cache, services=nameless)
    await run(made, cache, services=nameless)
    assert RAN == ["a"]
    assert len(cache) == 0


async def test_two_prompts_that_ask_the_same_have_an_answer_each() -> None:
    cache = MemoryCache()
    made = flow({name: node("ask", name="same", prompt="hello") for name in ("a", "b")})
    await run(made, cache, parallel=1)
    assert RAN == ["same", "same"]
    await run(made, cache)
    assert RAN == []


async def test_the_content_of_a_file_counts_and_not_its_date() -> None:
    cache = MemoryCache()
    made = flow({"a": node("read", name="a", path={"$file": "notes.txt"})})
    await run(made, cache, services=services(files={"notes.txt": "d1"}))
    await run(made, cache, services=services(files={"notes.txt": "d1"}))
    assert RAN == []
    await run(made, cache, services=services(files={"notes.txt": "d2"}))
    assert RAN == ["a"]
    await run(made, cache, services=services(files={}))
    assert RAN == ["a"], "a file that can't be read is never kept"


async def test_what_a_text_reads_of_the_state_counts() -> None:
    cache = MemoryCache()
    made = flow(
        {
            "a": node("write", name="a", text="{{state.plan}}"),
            "b": node("choose", name="b", when="state.n > 1"),
        },
        state={"plan": "x", "n": 2, "other": 1},
    )
    await run(made, cache)
    await run(made, cache, state={"plan": "x", "n": 3, "other": 2})
    assert RAN == []
    await run(made, cache, state={"plan": "y", "n": 0, "other": 2})
    assert sorted(RAN) == ["a", "b"]


async def test_what_a_component_reads_of_the_state_itself_counts_and_what_it_writes_is_written_again() -> (
    None
):
    cache = MemoryCache()
    made = flow(
        {
            "a": node("look", name="a", path="plan"),
            "b": node("write", name="b", text="{{state.seen}}", after=["a"]),
        },
        state={"plan": 1, "seen": ""},
    )
    await run(made, cache)
    events = await run(made, cache, state={"plan": 1, "seen": "", "other": 5})
    assert RAN == []
    assert next(e for e in events if e.path == "a" and e.kind == "step-finished").data["state"] == {
        "seen": "a"
    }
    assert next(e for e in events if e.path == "b" and e.kind == "step-finished").data["value"] == {
        "output": "a"
    }
    await run(made, cache, state={"plan": 2, "seen": ""})
    assert RAN == ["a"]
    await run(made, cache, state={"plan": 1, "seen": ""})
    assert RAN == []


async def test_what_a_node_saves_is_saved_by_its_present_params() -> None:
    cache = MemoryCache()
    await run(flow({"a": node("write", name="a", text="x", save={"plan": ""})}), cache)
    events = await run(flow({"a": node("write", name="a", text="x", save={"other": ""})}), cache)
    assert RAN == []
    assert events[-2].data["state"] == {"other": "x"}


async def test_the_steps_inside_a_step_are_cached_one_by_one() -> None:
    cache = MemoryCache()
    inner = {
        "format": 1,
        "inputs": {"x": {}},
        "nodes": {
            "in": node("write", name="in", text="{{x}}", x="@inputs.x"),
            "same": node("write", name="same", text="k"),
        },
    }
    known = catalog(write, subtask)

    def outer(word: str) -> Flow:
        return flow({"s": node("subtask", flow=inner, x=word)})

    await run(outer("one"), cache, known=known)
    events = await run(outer("one"), cache, known=known)
    assert RAN == []
    assert sorted(cached(events)) == ["s/in", "s/same"]
    await run(outer("two"), cache, known=known)
    assert RAN == ["in"]


SOURCE = '''
from weft import component
{more}
@component(pure=True{options})
def shout(text: str) -> str:
    """Say it louder."""
    return text.upper() + "{end}"
'''


def loaded(folder: Path, *, end: str = "", options: str = "", more: str = "") -> Catalog:
    path = folder / "shout.py"
    path.write_text(SOURCE.format(end=end, options=options, more=more))
    components, errors = load_file(path, "workspace")
    assert not errors
    return Catalog(components)


async def test_a_component_whose_code_or_version_changed_runs_again(tmp_path: Path) -> None:
    cache = MemoryCache()

    async def value(known: Catalog, name: str = "shout") -> tuple[Any, bool]:
        events = await run(flow({"a": node(name, text="x")}), cache, known=known)
        return events[-2].data["value"]["output"], events[-2].data["cached"]

    assert await value(loaded(tmp_path)) == ("X", False)
    assert await value(loaded(tmp_path)) == ("X", True)
    assert await value(loaded(tmp_path, end="!")) == ("X!", False)
    assert await value(loaded(tmp_path)) == ("X", True)
    assert await value(loaded(tmp_path, options=", version=2"), "shout@2") == ("X", False)


async def test_a_file_that_a_component_imports_from_its_folder_counts(tmp_path: Path) -> None:
    (tmp_path / "_louder.py").write_text("END = 1\n")
    more = "if False:\n    import _louder\n"
    first = loaded(tmp_path, more=more).components[0].code
    assert loaded(tmp_path, more=more).components[0].code == first
    (tmp_path / "_louder.py").write_text("END = 2\n")
    assert loaded(tmp_path, more=more).components[0].code != first


async def test_a_component_whose_code_can_t_be_told_is_never_kept() -> None:
    suffix = "!"

    @component(pure=True)
    async def inside(text: str) -> str:
        """Reaches a value around it."""
        RAN.append(text)
        return text + suffix

    cache = MemoryCache()
    made, known = flow({"a": node("inside", text="x")}), catalog(inside)
    await run(made, cache, known=known)
    await run(made, cache, known=known)
    assert RAN == ["x"]


async def test_a_result_that_does_not_fit_the_node_or_is_changed_later_harms_nobody() -> None:
    cache = MemoryCache()
    made = flow({"a": node("write", name="a", text="x"), "b": node("write", name="b", items=["@a"])})
    await run(made, cache)
    events = await run(made, cache)
    next(e for e in events if e.path == "a" and e.kind == "step-finished").data["value"]["output"] = "spoilt"
    again = await run(made, cache)
    assert again[-1].data["outputs"] == {"b": "x"}


async def test_cancelling_keeps_what_was_done_and_nothing_else() -> None:
    cache = MemoryCache()
    begun = asyncio.Event()

    @component
    async def hang(text: str) -> str:
        """Wait until cancelled."""
        begun.set()
        await asyncio.Event().wait()
        return text

    from weft.engine import start

    made = flow({"a": node("write", name="a", text="x"), "b": node("hang", text="@a")})
    async with start(made, catalog(write, hang), cache=cache) as going:
        await begun.wait()
        going.cancel()
        assert (await going.finished()).status == "cancelled"
    assert len(cache) == 1


async def test_the_memory_cache_lets_go_what_was_used_longest_ago() -> None:
    cache = MemoryCache(most=2)
    for key in "ab":
        cache.put(key, Entry({"output": key}))
    await cache.get("a")
    cache.put("c", Entry({"output": "c"}))
    assert [await cache.get(key) is not None for key in "abc"] == [True, False, True]

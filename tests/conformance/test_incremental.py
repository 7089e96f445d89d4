"""Running again runs what has to run, and nothing else, over random flows; and "from here" never lies."""

import asyncio
import json
from collections.abc import Callable
from functools import cache as once
from pathlib import Path
from typing import Any, NotRequired, TypedDict

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.engine.build import flow

from weft.catalog import Catalog, Template, component
from weft.engine import start
from weft.engine.caching import MemoryCache
from weft.engine.choice import Choice
from weft.engine.explaining import explain
from weft.model import Conflict, Flow, WeftError
from weft.runs.earlier.rerun import choice_again
from weft.runs.service import RunService
from weft.runs.state import RunState
from weft.workspace import Workspace

Json = dict[str, Any]
RAN: list[str] = []


class Ways(TypedDict):
    yes: NotRequired[str]
    no: NotRequired[str]


@component(pure=True)
async def say(name: str, text: Template = "", more: str = "") -> str:
    """Give both."""
    RAN.append(name)
    return text + more


@component(pure=True)
async def first(name: str, text: str = "") -> str:
    """Give the first letter: most changes of the text leave it as it is."""
    RAN.append(name)
    return text[:1]


@component(pure=True)
async def both(name: str, items: list[str]) -> str:
    """All its items."""
    RAN.append(name)
    return "+".join(items)


@component(pure=True)
async def ways(name: str, text: str) -> Ways:
    """One way or the other."""
    RAN.append(name)
    return {"yes": text} if text > "b" else {"no": text}


KNOWN = Catalog([say, first, both, ways])
WORDS = st.sampled_from(["", "a", "ab", "b", "ba", "c"])


@st.composite
def random_nodes(draw: st.DrawFn) -> dict[str, Json]:
    """Nodes whose names are also a param, so that no two have the same ingredients."""
    nodes: dict[str, Json] = {}
    for index in range(draw(st.integers(1, 10))):
        name = f"n{index}"
        refs = [ref for other, made in nodes.items() for ref in _outputs(other, made["component"])]
        kind = draw(st.sampled_from(["say", "say", "first", "ways", *(["both"] if refs else [])]))
        made: Json = {"component": kind, "params": {"name": name}, "inputs": {}}
        if kind == "both":
            made["inputs"]["items"] = draw(st.lists(st.sampled_from(refs), min_size=1, max_size=3))
        elif refs and draw(st.booleans()):
            made["inputs"]["text"] = draw(st.sampled_from(refs))
        else:
            made["params"]["text"] = draw(WORDS)
        if kind == "say" and refs and draw(st.booleans()):
            made["inputs"]["more"] = draw(st.sampled_from(refs))
        nodes[name] = made
    names = draw(st.permutations(list(nodes)))
    return {name: nodes[name] for name in names}


def _outputs(name: str, kind: str) -> list[str]:
    return [f"{name}.yes", f"{name}.no"] if kind == "ways" else [name]


def inputs_of(nodes: dict[str, Json]) -> dict[str, Json | None]:
    """What goes into each node, None if it is skipped: worked out by recursion."""

    @once
    def given(name: str) -> Json | None:
        node = nodes[name]
        values: Json = dict(node["params"])
        reached: list[bool] = []
        for port, refs in node["inputs"].items():
            found = [value(ref) for ref in ([refs] if isinstance(refs, str) else refs)]
            there = [one for one in found if one is not None]
            if isinstance(refs, list):
                values[port] = there
            elif there:
                values[port] = there[0]
            reached.append(bool(there))
        return values if not reached or any(reached) else None

    @once
    def value(ref: str) -> str | None:
        name, _, port = ref.partition(".")
        values, kind = given(name), nodes[name]["component"]
        if values is None:
            return None
        text = values.get("text", "")
        match kind:
            case "first":
                return text[:1]
            case "both":
                return "+".join(values["items"])
            case "ways":
                return text if (port == "yes") == (text > "b") else None
            case _:
                return text + values.get("more", "")

    return {name: given(name) for name in nodes}


async def ran(
    nodes: dict[str, Json], cache: MemoryCache, choice: Choice | None = None
) -> tuple[set[str], Json]:
    RAN.clear()
    async with start(flow(nodes), KNOWN, cache=cache, choice=choice) as run:
        result = await run.finished()
    assert result.error is None
    assert len(RAN) == len(set(RAN))
    return set(RAN), result.values


@st.composite
def edits(draw: st.DrawFn) -> tuple[dict[str, Json], dict[str, Json], str]:
    before = draw(random_nodes())
    name = draw(st.sampled_from(list(before)))
    after = json.loads(json.dumps(before))
    if "text" in after[name]["params"]:
        after[name]["params"]["text"] = draw(WORDS)
    else:
        after[name]["params"]["name"] = f"{name}_edited"
    return before, after, name


def named(nodes: dict[str, Json], names: set[str]) -> set[str]:
    return {nodes[name]["params"]["name"] for name in names}


@settings(max_examples=150, deadline=None)
@given(edit=edits())
def test_editing_a_node_runs_it_and_those_behind_it_that_get_another_value(
    edit: tuple[dict[str, Json], dict[str, Json], str],
) -> None:
    before, after, name = edit

    async def main() -> None:
        cache = MemoryCache()
        was, now = inputs_of(before), inputs_of(after)
        everything = {one for one, values in was.items() if values is not None}
        assert (await ran(before, cache))[0] == named(before, everything)
        assert (await ran(before, cache))[0] == set(), "nothing changed: nothing runs"
        different = {one for one, values in now.items() if values is not None and values != was[one]}
        assert different <= behind(after, name)
        steps = await explain(flow(after), KNOWN, cache=cache)
        found, values = await ran(after, cache)
        assert found == named(after, different)
        assert values == (await ran(after, MemoryCache()))[1], "as if there were no cache"
        sure = {step.path for step in steps if step.status == "run"}
        maybe = {step.path for step in steps if step.status == "depends"}
        assert sure <= different <= sure | maybe, "the plan said so"
        assert {step.path for step in steps if step.status == "skipped"} <= {
            one for one, values in now.items() if values is None
        }

    asyncio.run(main())


@settings(max_examples=80, deadline=None)
@given(nodes=random_nodes(), data=st.data())
def test_from_until_and_only_run_what_they_say(nodes: dict[str, Json], data: st.DataObject) -> None:
    name = data.draw(st.sampled_from(list(nodes)))

    async def main() -> None:
        reached = {one for one, values in inputs_of(nodes).items() if values is not None}
        cache = MemoryCache()
        _, whole = await ran(nodes, cache)
        found, values = await ran(nodes, cache, Choice(start=(name,)))
        assert found == named(nodes, behind(nodes, name) & reached)
        assert values.items() <= whole.items()
        found, values = await ran(nodes, MemoryCache(), Choice(until=(name,)))
        assert found == named(nodes, before(nodes, name) & reached)
        assert values.items() <= whole.items()
        found, values = await ran(nodes, cache, Choice(only=(name,)))
        assert found == named(nodes, {name} & reached)

    asyncio.run(main())


def behind(nodes: dict[str, Json], name: str) -> set[str]:
    return {other for other in nodes if name in before(nodes, other)}


def before(nodes: dict[str, Json], name: str) -> set[str]:
    found, waiting = {name}, [name]
    while waiting:
        for refs in nodes[waiting.pop()]["inputs"].values():
            for ref in [refs] if isinstance(refs, str) else refs:
                other = ref.partition(".")[0]
                if other not in found:
                    found.add(other)
                    waiting.append(other)
    return found


# --- a workspace: what rivals' "run from here" gets wrong ---

FETCH = '''
from pathlib import Path
from weft import component

@component
def fetch(what: str) -> str:
    """Not pure: counts how often it was asked."""
    count = Path(__file__).with_name("count")
    asked = int(count.read_text() or 0) + 1 if count.exists() else 1
    count.write_text(str(asked))
    return f"{what} {asked}{end}"

@component(pure=True)
def polish(text: str, how: str = "") -> str:
    """Pure."""
    return f"{text}, polished{how}"

@component
def fail(text: str, sound: bool = False) -> str:
    """Fails until it is sound."""
    if not (sound or Path(__file__).with_name("sound").exists()):
        raise ValueError("not yet")
    return f"{text}, sound"
'''
Make = Callable[[Json], Flow]


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "flows").mkdir()
    (tmp_path / "components").mkdir()
    (tmp_path / "components" / "fetch.py").write_text(FETCH.replace("{end}", ""))
    return tmp_path


def made(*, what: str = "news", how: str = "") -> Flow:
    return flow(
        {
            "fetch": {"component": "fetch", "params": {"what": what}},
            "draft": {"component": "polish", "inputs": {"text": "fetch"}, "params": {"how": how}},
            "final": {"component": "polish", "inputs": {"text": "draft"}, "params": {"how": "!"}},
            "aside": {"component": "polish", "params": {"text": "aside"}},
        }
    )


async def over(service: RunService, run_id: str) -> RunState:
    async for _ in service.watch(run_id):
        pass
    return await service.state(run_id)


async def go(workspace: Workspace, made: Flow, **more: Any) -> RunState:
    service = workspace.runs()
    return await over(service, await service.start(made, slug="news", **more))


def values(state: RunState) -> Json:
    return {path: (step.value or {}).get("output") for path, step in state.steps.items() if step.value}


async def test_from_here_takes_what_is_never_cached_from_the_last_run(home: Path) -> None:
    workspace = Workspace(home, env={})
    await go(workspace, made())
    await go(workspace, made())
    state = await go(workspace, made(how=" twice"), choice=Choice(start=("draft",)))
    assert values(state)["final"] == "news 2, polished twice, polished!"
    assert (state.steps["fetch"].cached, state.steps["aside"].status) == (True, "skipped")
    await workspace.close()


@pytest.mark.parametrize("change", ["param", "code"])
async def test_from_here_never_takes_a_value_that_is_older_than_what_it_comes_from(
    home: Path, change: str
) -> None:
    workspace = Workspace(home, env={})
    await go(workspace, made())
    now = made(what="weather") if change == "param" else made()
    if change == "code":
        (home / "components" / "fetch.py").write_text(FETCH.replace("{end}", " new"))
        workspace.reload()
    state = await go(workspace, now, choice=Choice(start=("draft",)))
    assert not state.steps["fetch"].cached
    assert values(state)["fetch"] == ("weather 2" if change == "param" else "news 2 new")
    with pytest.raises(WeftError) as refused:
        await go(workspace, made(what="sport"), choice=Choice(only=("draft",)))
    assert refused.value.code == "not-available"
    await workspace.close()


async def test_an_edited_or_pinned_value_is_never_taken_for_a_recorded_one(home: Path) -> None:
    workspace = Workspace(home, env={})
    service = workspace.runs()
    await go(workspace, made(), choice=Choice(pins={"fetch": "a pin"}))
    state = await go(workspace, made(), choice=Choice(start=("draft",)))
    assert values(state)["fetch"] == "news 1"
    assert service.pins is not None
    await workspace.close()


async def test_only_without_what_it_needs_is_refused_before_anything_runs(home: Path) -> None:
    workspace = Workspace(home, env={})
    with pytest.raises(WeftError, match="'fetch' gives isn't known") as refused:
        await go(workspace, made(), choice=Choice(only=("draft",)))
    assert refused.value.code == "not-available"
    assert not (home / "components" / "count").exists()
    await workspace.close()


async def test_a_stored_pin_holds_until_it_is_taken_off(home: Path) -> None:
    workspace = Workspace(home, env={})
    service = workspace.runs()
    assert service.pins is not None
    service.pins.pin("news", "fetch", "pinned news")
    state = await go(workspace, made())
    assert values(state)["draft"] == "pinned news, polished"
    assert (state.steps["fetch"].put, state.steps["fetch"].cached) == ("pinned", True)
    steps = await service.plan(made(), slug="news")
    assert [step.status for step in steps] == ["pinned", "cached", "cached", "cached"]
    assert service.pins.unpin("news", "fetch")
    assert not service.pins.unpin("news", "fetch")
    assert values(await go(workspace, made()))["fetch"] == "news 1"
    await workspace.close()


async def test_an_edited_value_runs_exactly_what_depends_on_it(home: Path) -> None:
    workspace = Workspace(home, env={})
    service = workspace.runs()
    run_id = await service.start(made(), slug="news")
    await over(service, run_id)
    again = await service.rerun(run_id, {"draft": "by hand"})
    state = await over(service, again)
    assert values(state) == {
        "fetch": "news 1",
        "draft": "by hand",
        "final": "by hand, polished!",
        "aside": "aside, polished",
    }
    assert {path: step.cached for path, step in state.steps.items()} == {
        "fetch": True,
        "draft": True,
        "aside": True,
        "final": False,
    }
    assert (state.steps["draft"].put, state.steps["fetch"].origin) == ("edited", run_id)
    options = (await service.get(again)).options["choice"]
    assert (options["again"], options["edited"]) == (run_id, ["draft"])
    await workspace.close()


async def test_a_run_that_failed_goes_on_where_it_stopped(home: Path) -> None:
    workspace = Workspace(home, env={})
    service = workspace.runs()
    broken = flow(
        {
            "fetch": {"component": "fetch", "params": {"what": "news"}},
            "bad": {"component": "fail", "inputs": {"text": "fetch"}},
            "end": {"component": "polish", "inputs": {"text": "bad"}},
        }
    )
    run_id = await service.start(broken, slug="news")
    assert (await over(service, run_id)).status == "failed"
    (home / "components" / "sound").touch()
    state = await over(service, await service.rerun(run_id))
    assert state.status == "succeeded"
    assert values(state)["end"] == "news 1, sound, polished"
    await workspace.close()


@pytest.mark.parametrize(
    ("edits", "choice", "code"),
    [
        ({"nobody": "x"}, None, "unknown-node"),
        ({"fetch": float("nan")}, None, "bad-choice"),
        ({}, Choice(until=("draft",)), "bad-choice"),
        ({}, Choice(start=("drft",)), "unknown-node"),
    ],
)
async def test_a_rerun_that_can_t_be_is_refused(
    home: Path, edits: Json, choice: Choice | None, code: str
) -> None:
    workspace = Workspace(home, env={})
    service = workspace.runs()
    run_id = await service.start(made(), slug="news")
    await over(service, run_id)
    with pytest.raises(WeftError) as refused:
        await service.rerun(run_id, edits, choice=choice)
    assert refused.value.code == code
    assert len(await service.runs()) == 1
    await workspace.close()


async def test_a_run_that_goes_on_is_not_done_again(home: Path) -> None:
    workspace = Workspace(home, env={})
    service = workspace.runs()
    run_id = await service.start(made(), slug="news")
    await over(service, run_id)
    going = (await service.get(run_id)).model_copy(update={"status": "running"})
    with pytest.raises(Conflict, match="goes on"):
        choice_again(going, made(), workspace.catalog, [], {"draft": "x"}, None)
    await workspace.close()


async def test_an_edited_answer_is_the_context_of_the_prompts_behind_it(home: Path) -> None:
    workspace = Workspace(home, env={})
    service = workspace.runs()
    asked = flow(
        {
            "one": {"component": "prompt", "params": {"prompt": "first"}},
            "two": {"component": "prompt", "params": {"prompt": "second"}, "inputs": {"context": ["one"]}},
        }
    )
    run_id = await service.start(asked, slug="asked", model="demo")
    await over(service, run_id)
    state = await over(service, await service.rerun(run_id, {"one": {"text": "my own words"}}))
    sent = state.steps["two"].calls[0]["messages"]
    assert [message["content"] for message in sent[1:3]] == ["first", "my own words"]
    await workspace.close()


async def test_no_secret_is_ever_in_the_files_of_the_workspace(home: Path) -> None:
    canary = "canary-7f3a91"
    (home / "components" / "secretive.py").write_text(
        "from weft import Secret, component\n\n"
        "@component(pure=True)\n"
        "def use(key: Secret, text: str = '') -> str:\n"
        '    """Use it."""\n'
        "    return text + str(len(key.reveal()))\n"
    )
    workspace = Workspace(home, env={"WEFT_SECRET_KEY": canary, "OPENAI_API_KEY": canary})
    secretive = flow(
        {
            "a": {"component": "use", "params": {"key": {"$secret": "KEY"}, "text": "x"}},
            "b": {"component": "polish", "inputs": {"text": "a"}},
            "c": {"component": "prompt", "params": {"prompt": "hello"}},
        }
    )
    state = await go(workspace, secretive, model="demo")
    assert state.status == "succeeded", state.error
    await go(workspace, secretive, model="demo")
    await workspace.runs().plan(secretive, slug="news", model="demo")
    await workspace.close()
    files = [path for path in (home / ".weft").rglob("*") if path.is_file()]
    assert {"cache.db", "weft.db"} <= {path.name for path in files}
    for path in files:
        assert canary.encode() not in path.read_bytes(), path.name

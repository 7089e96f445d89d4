"""What every `RunStore` does. A store's tests derive from `StoreContract` and provide the fixture `store`."""

import asyncio
from dataclasses import replace
from typing import Any

import pytest
from tests.runs.events import event, finished, outputs, record

from weft.engine.events import Event
from weft.model.errors import Conflict, NotFound, WeftError
from weft.runs.sessions import Session
from weft.runs.store.protocol import RunStore


class StoreContract:
    async def test_a_record_comes_back_as_it_was_created(self, store: RunStore) -> None:
        made = record(
            "r1",
            inputs={"topic": "Tee & Kräuter 🍵", "deep": [{"a": [1, 2.5, None, True]}]},
            model="demo",
            options={"session": "a", "budget": {"max_cost": 0.5}},
        )
        await store.create(made)
        assert await store.get("r1") == made
        assert await store.get("r2") is None

    async def test_an_id_is_taken_once(self, store: RunStore) -> None:
        await store.create(record("r1"))
        with pytest.raises(Conflict, match="'r1' already"):
            await store.create(record("r1", flow="other"))
        kept = await store.get("r1")
        assert kept is not None
        assert kept.flow == "essay"

    async def test_events_come_back_in_order_and_exactly(self, store: RunStore) -> None:
        await store.create(record("r1"))
        first = [
            event(1, "run-started", "", 0.0, flow="essay", inputs={"a": 1}, time="2026-01-01T00:00:00Z"),
            event(
                2, "step-output", "map[3]/übersicht", 0.1234567, text='"quotes"\n\t\\ \u2028 \x00 é 漢字 🍵'
            ),
        ]
        await store.append("r1", first)
        await store.append("r1", outputs(3, 3))
        assert await store.events("r1") == [*first, *outputs(3, 3)]

    async def test_events_are_read_from_any_place_and_in_pages(self, store: RunStore) -> None:
        await store.create(record("r1"))
        await store.append("r1", outputs(1, 2500))
        assert [e.seq for e in await store.events("r1", after=2490)] == list(range(2491, 2501))
        assert [e.seq for e in await store.events("r1", after=5, limit=3)] == [6, 7, 8]
        assert [e.seq for e in await store.events("r1", after=100, limit=1500)] == list(range(101, 1601))
        assert len(await store.events("r1")) == 2500
        assert await store.events("r1", after=2500) == []
        assert await store.events("none") == []

    async def test_what_is_appended_cannot_be_changed_from_outside(self, store: RunStore) -> None:
        await store.create(record("r1"))
        data: dict[str, Any] = {"value": {"output": ["a"]}}
        await store.append("r1", [event(1, "step-finished", "a", **data)])
        data["value"]["output"].append("b")
        (await store.events("r1"))[0].data["value"]["output"].append("c")  # type: ignore[index]
        assert (await store.events("r1"))[0].data == {"value": {"output": ["a"]}}

    async def test_events_must_be_the_next_ones(self, store: RunStore) -> None:
        await store.create(record("r1"))
        await store.append("r1", outputs(1, 2))
        for wrong in (outputs(2, 1), outputs(4, 1), [*outputs(3, 1), *outputs(5, 1)], outputs(0, 1)):
            with pytest.raises(Conflict) as refused:
                await store.append("r1", wrong)
            assert refused.value.code == "out-of-order"
        assert await store.events("r1") == outputs(1, 2)
        await store.append("r1", [])
        await store.append("r1", outputs(3, 1))

    async def test_a_run_that_is_not_there_takes_no_events(self, store: RunStore) -> None:
        with pytest.raises(NotFound, match="no run 'nope'"):
            await store.append("nope", outputs(1, 1))

    async def test_the_last_event_ends_the_record_with_it(self, store: RunStore) -> None:
        await store.create(record("r1"))
        error = {"code": "bad-key", "message": "No.", "hint": "", "node": "a"}
        usage = {"calls": 1, "input_tokens": 20, "output_tokens": 3}
        await store.append("r1", [*outputs(1, 1), finished(2, "failed", error=error, usage=usage)])
        ended = await store.get("r1")
        assert ended is not None
        assert (ended.status, ended.error, ended.usage) == ("failed", error, usage)
        assert ended.finished is not None
        assert ended.finished > ended.created
        assert ended.document == record().document

    async def test_what_a_run_cost_is_kept_and_unknown_is_not_nothing(self, store: RunStore) -> None:
        for run_id, cost, unpriced in (("r1", 0.0125, 0), ("r2", 0.0, 0), ("r3", None, 2), ("r4", 0.5, 1)):
            await store.create(record(run_id))
            await store.append(run_id, [finished(1, cost=cost, unpriced_calls=unpriced)])
            kept = await store.get(run_id)
            assert kept is not None
            assert (kept.cost, kept.unpriced_calls) == (cost, unpriced)
            assert set(kept.usage) == {"calls", "input_tokens", "output_tokens"}

    async def test_a_run_that_goes_on_may_be_marked(self, store: RunStore) -> None:
        await store.create(record("r1"))
        for status in ("waiting", "running", "waiting"):
            await store.mark("r1", status)
            kept = await store.get("r1")
            assert kept == record("r1", status=status)
        assert [found.id for found in await store.list(status="waiting")] == ["r1"]
        await store.append("r1", [finished(1)])
        await store.mark("r1", "waiting")
        ended = await store.get("r1")
        assert ended is not None
        assert ended.status == "succeeded"
        with pytest.raises(NotFound, match="no run 'r2'"):
            await store.mark("r2", "waiting")

    async def test_a_session_is_put_down_with_the_end_of_its_run(self, store: RunStore) -> None:
        made = Session(
            "essay",
            "späť",
            {"a": [1, {"b": None}]},
            {"x/y": {"output": "🍵"}},
            "r1",
            1,
            "2026-01-01T00:00:00.000Z",
        )
        await store.create(record("r1", options={"session": "späť"}))
        assert await store.session("essay", "späť") is None
        with pytest.raises(Conflict):
            await store.append("r1", [finished(2)], made)
        assert await store.session("essay", "späť") is None
        await store.append("r1", [finished(1)], made)
        assert await store.session("essay", "späť") == made
        assert await store.session("other", "späť") is None
        made.state["a"].append(2)
        kept = await store.session("essay", "späť")
        assert kept is not None
        assert kept.state == {"a": [1, {"b": None}]}

    async def test_sessions_are_listed_the_last_used_first_and_forgotten(self, store: RunStore) -> None:
        for number, (flow, name) in enumerate((("essay", "a"), ("tea", "a"), ("essay", "b")), 1):
            await store.create(record(f"r{number}", flow=flow, options={"session": name}))
            kept = Session(flow, name, {}, {}, f"r{number}", 1, f"2026-01-0{number}T00:00:00.000Z")
            await store.append(f"r{number}", [finished(1)], kept)
        assert [(one.flow, one.name) for one in await store.sessions()] == [
            ("essay", "b"),
            ("tea", "a"),
            ("essay", "a"),
        ]
        assert [one.name for one in await store.sessions("essay")] == ["b", "a"]
        assert await store.revise("essay", "b", lambda found: replace(found, state={"less": found.runs}))
        assert not await store.revise("essay", "c", lambda found: found)
        assert [one.state for one in await store.sessions("essay")] == [{"less": 1}, {}]
        assert await store.forget("essay", "b")
        assert not await store.forget("essay", "b")
        assert [one.name for one in await store.sessions("essay")] == ["a"]

    async def test_one_run_of_a_session_at_a_time(self, store: RunStore) -> None:
        await store.create(record("r1", options={"session": "a"}))
        await store.mark("r1", "waiting")
        for other in (
            record("r2", options={"session": "b"}),
            record("r3", flow="tea", options={"session": "a"}),
        ):
            await store.create(other)
        await store.create(record("r4"))
        with pytest.raises(Conflict, match="its run r1 isn't over") as refused:
            await store.create(record("r5", options={"session": "a"}))
        assert refused.value.code == "session-busy"
        with pytest.raises(Conflict):
            await store.forget("essay", "a")
        assert await store.get("r5") is None
        await store.append("r1", [finished(1)])
        await store.create(record("r5", options={"session": "a"}))

    async def test_what_is_over_does_not_change(self, store: RunStore) -> None:
        await store.create(record("r1"))
        await store.append("r1", [finished(1)])
        for more in ([finished(2, "cancelled")], outputs(2, 1)):
            with pytest.raises(Conflict) as refused:
                await store.append("r1", more)
            assert refused.value.code == "run-over"
        await store.create(record("r2"))
        with pytest.raises(Conflict):
            await store.append("r2", [finished(1), *outputs(2, 1)])
        assert [(r.id, r.status) for r in await store.list()] == [("r2", "running"), ("r1", "succeeded")]
        assert await store.events("r1") == [finished(1)]

    async def test_runs_are_listed_newest_first_by_page_and_filter(self, store: RunStore) -> None:
        for number in range(6):
            await store.create(record(f"r{number}", flow="tea" if number % 2 else "essay"))
        await store.append("r3", [finished(1, "failed", error={"code": "x", "message": "y"})])

        async def ids(**wanted: Any) -> list[str]:
            return [found.id for found in await store.list(**wanted)]

        assert await ids() == ["r5", "r4", "r3", "r2", "r1", "r0"]
        assert await ids(limit=2) == ["r5", "r4"]
        assert await ids(limit=2, before="r4") == ["r3", "r2"]
        assert await ids(flow="tea") == ["r5", "r3", "r1"]
        assert await ids(flow="tea", status="running", before="r5") == ["r1"]
        assert await ids(status="failed") == ["r3"]
        assert await ids(flow="x' OR '1'='1") == []
        assert await ids(limit=0) == []
        assert await ids(status=("failed", "running"), flow="tea") == ["r5", "r3", "r1"]
        assert await ids(status=()) == await ids()

    async def test_runs_are_found_by_when_they_began_and_by_their_session(self, store: RunStore) -> None:
        for hour in range(4):
            options = {"session": "a' OR 1"} if hour % 2 else {}
            await store.create(record(f"r{hour}", created=f"2026-05-04T0{hour}:00:00.000Z", options=options))
            await store.append(f"r{hour}", [finished(1)])

        async def ids(**wanted: Any) -> list[str]:
            return [found.id for found in await store.list(**wanted)]

        assert await ids(since="2026-05-04T01:00:00.000Z") == ["r3", "r2", "r1"]
        assert await ids(until="2026-05-04T01:00:00.000Z") == ["r0"]
        assert await ids(since="2026-05-04T01", until="2026-05-04T03", before="r2") == ["r1"]
        assert await ids(session="a' OR 1") == ["r3", "r1"]
        assert await ids(session="") == []

    async def test_lists_leave_the_documents_out(self, store: RunStore) -> None:
        await store.create(record("r1"))
        (listed,) = await store.list()
        assert (listed.document, listed.hash) == ("", "h")

    async def test_large_values_come_back_whole(self, store: RunStore) -> None:
        await store.create(record("r1", document="{}" + " " * 2_000_000))
        large = event(1, "step-finished", "a", value={"output": "é🍵" * 400_000})
        await store.append("r1", [large, event(2, "step-finished", "b", value={"output": "x"})])
        assert (await store.events("r1"))[0] == large
        kept = await store.get("r1")
        assert kept is not None
        assert len(kept.document) == 2_000_002

    async def test_a_value_that_is_no_json_is_refused_and_nothing_is_kept(self, store: RunStore) -> None:
        await store.create(record("r1"))
        for bad in (float("nan"), object(), "\ud800"):
            with pytest.raises(WeftError) as refused:
                await store.append("r1", [*outputs(1, 1), event(2, value=bad)])
            assert refused.value.code == "not-plain"
        assert await store.events("r1") == []

    async def test_many_runs_are_written_at_once(self, store: RunStore) -> None:
        async def one(number: int) -> None:
            run_id = f"r{number:02}"
            await store.create(record(run_id))
            for seq in range(1, 21):
                await store.append(run_id, outputs(seq, 1, text=run_id))
            await store.append(run_id, [finished(21)])

        await asyncio.gather(*(one(number) for number in range(20)))
        assert [found.status for found in await store.list()] == ["succeeded"] * 20
        for number in range(20):
            assert await store.events(f"r{number:02}") == [
                *outputs(1, 20, text=f"r{number:02}"),
                finished(21),
            ]

    async def test_of_two_who_write_the_same_number_one_is_refused(self, store: RunStore) -> None:
        await store.create(record("r1"))
        tries = [store.append("r1", outputs(1, 2, text=f"writer {number} ")) for number in range(10)]
        done = await asyncio.gather(*tries, return_exceptions=True)
        assert sorted(type(one).__name__ for one in done) == ["Conflict"] * 9 + ["NoneType"]
        assert [e.seq for e in await store.events("r1")] == [1, 2]

    async def test_a_cancelled_caller_leaves_no_half_of_its_events(self, store: RunStore) -> None:
        await store.create(record("r1"))
        last = 0
        for turn in range(30):
            task = asyncio.create_task(store.append("r1", outputs(last + 1, 3)))
            for _ in range(turn % 7):
                await asyncio.sleep(0)
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)
            # What was handed over is written all the same: an empty write waits until it is.
            await store.create(record(f"after{turn}"))
            there = len(await store.events("r1"))
            assert there in (last, last + 3)
            last = there
        await store.append("r1", outputs(last + 1, 1))

    async def test_it_knows_how_long_the_steps_of_successful_runs_took(self, store: RunStore) -> None:
        def step(seq: int, path: str, begun: float, ended: float) -> list[Event]:
            started = event(seq, "step-started", path, begun, attempt=1, component="prompt")
            return [started, event(seq + 1, "step-finished", path, ended, value={"output": "x" * 300_000})]

        for number in range(1, 5):
            await store.create(record(f"r{number}", flow="other" if number == 3 else "essay"))
            known = event(1, "step-finished", "known_already", 0.5, value={}, cached=True)
            again = event(2, "step-started", "a", 1.0, attempt=1)  # and a second attempt at 2.0
            await store.append(f"r{number}", [known, again, *step(3, "a", 2.0, 1.0 + number)])
            await store.append(f"r{number}", step(5, "each[2]/b", 3.0, 3.25))
            if number != 2:
                await store.append(f"r{number}", [finished(7)])
        assert await store.durations("essay", 5) == [
            {"a": 4.0, "each[2]/b": 0.25},
            {"a": 1.0, "each[2]/b": 0.25},
        ]
        assert len(await store.durations("essay", 1)) == 1
        assert not await store.durations("nothing", 5)

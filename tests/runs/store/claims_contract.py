"""What every `RunStore` does about who owns a run. A store's tests derive from `ClaimsContract` too."""

import asyncio

import pytest
from tests.runs.events import event, finished, outputs, record

from weft.model.errors import Conflict, NotFound, WeftError
from weft.runs.store.claims import Claim, Request
from weft.runs.store.protocol import RunStore


async def refused(awaitable: object) -> str:
    with pytest.raises(WeftError) as problem:
        await awaitable  # type: ignore[misc]
    return problem.value.code


class ClaimsContract:
    async def test_a_run_begins_as_its_owners_and_runs_with_its_first_event(self, store: RunStore) -> None:
        await store.create(record("r1", owner="me", epoch=1, status="queued"), 50.0)
        assert await store.claims.of("r1") == Claim("r1", "me", 1)
        assert await store.claims.owners() == {"me": 50.0}
        assert await store.claims.due(10.0**12, 10) == []
        await store.append("r1", outputs(1, 1), epoch=1)
        kept = await store.get("r1")
        assert kept is not None
        assert (kept.owner, kept.epoch, kept.status) == ("me", 1, "running")
        await store.append("r1", [finished(2)], epoch=1)
        kept = await store.get("r1")
        assert kept is not None
        assert (kept.owner, kept.epoch, kept.status) == ("me", 0, "succeeded")
        assert await store.claims.of("r1") is None
        assert await store.claims.owners() == {}

    async def test_of_many_that_claim_a_run_one_gets_it(self, store: RunStore) -> None:
        await store.create(record("r1", status="queued"))
        tries = [store.claims.claim("r1", 0, f"owner {number}", 5.0) for number in range(8)]
        done = await asyncio.gather(*tries, return_exceptions=True)
        assert sorted(type(one).__name__ for one in done) == ["Conflict"] * 7 + ["RunRecord"]
        kept = await store.get("r1")
        assert kept is not None
        assert (kept.epoch, kept.status) == (1, "running")
        assert kept in done
        assert await refused(store.claims.claim("r1", 0, "late", 5.0)) == "not-owner"
        assert await refused(store.claims.claim("none", 0, "me", 5.0)) == "no-run"

    async def test_whoever_was_taken_for_dead_writes_nothing_any_more(self, store: RunStore) -> None:
        await store.create(record("r1", owner="old", epoch=1))
        await store.append("r1", outputs(1, 2), epoch=1)
        await store.claims.claim("r1", 1, "new", 5.0)
        for wrong in (
            store.append("r1", outputs(3, 1), epoch=1),
            store.append("r1", [finished(3)], epoch=1),
            store.mark("r1", "waiting", epoch=1),
            store.claims.release("r1", 1, "queued", 0.0),
        ):
            assert await refused(wrong) == "not-owner"
        await store.append("r1", outputs(3, 1), epoch=2)
        assert len(await store.events("r1")) == 3
        assert (await store.claims.owners()) == {"new": 5.0}

    async def test_what_is_over_is_nobodys(self, store: RunStore) -> None:
        await store.create(record("r1", owner="me", epoch=1))
        await store.append("r1", [finished(1)], epoch=1)
        assert await refused(store.claims.claim("r1", 1, "other", 5.0)) == "run-over"
        assert await refused(store.append("r1", outputs(2, 1), epoch=1)) == "run-over"
        await store.claims.release("r1", 1, "queued", 0.0)
        kept = await store.get("r1")
        assert kept is not None
        assert kept.status == "succeeded"

    async def test_runs_that_were_let_go_are_due_in_their_order(self, store: RunStore) -> None:
        for number, (status, due) in enumerate(
            (("waiting", None), ("waiting", 200.0), ("queued", 0.0), ("waiting", 100.0), ("queued", 0.0))
        ):
            await store.create(record(f"r{number}", owner="me", epoch=1))
            await store.claims.release(f"r{number}", 1, status, due)  # type: ignore[arg-type]
        assert await store.claims.due(150.0, 10) == ["r2", "r4", "r3"]
        assert await store.claims.due(1000.0, 2) == ["r2", "r4"]
        assert [one.id for one in await store.list(status="queued")] == ["r4", "r2"]
        taken = await store.claims.claim("r2", 1, "me", 5.0)
        assert (taken.epoch, taken.owner, taken.status) == (2, "me", "running")
        assert await store.claims.due(150.0, 10) == ["r4", "r3"]
        assert await store.claims.owned("me", 10) == ["r2"]

    async def test_an_answer_lets_a_run_go_on_at_once_in_one_transaction(self, store: RunStore) -> None:
        await store.create(record("r1", owner="me", epoch=1))
        await store.append("r1", [event(1, "step-paused", ask={"number": 0})], epoch=1)
        await store.claims.release("r1", 1, "waiting", None)
        assert await store.claims.due(10.0**12, 10) == []
        await store.append("r1", [event(2, "step-answered", value=True)], epoch=1, then="queued")
        kept = await store.get("r1")
        assert kept is not None
        assert (kept.status, kept.owner) == ("queued", "")
        assert await store.claims.due(1.0, 10) == ["r1"]

    async def test_deaths_are_counted_until_the_run_gets_further(self, store: RunStore) -> None:
        await store.create(record("r1", owner="a", epoch=1))
        seen: list[tuple[int, int]] = []
        for epoch, progress in ((1, 0), (2, 0), (3, 7), (4, 7)):
            await store.claims.claim("r1", epoch, "b", 5.0, progress=progress)
            claim = await store.claims.of("r1")
            assert claim is not None
            seen.append((claim.deaths, claim.progress))
        assert seen == [(1, 0), (2, 0), (1, 7), (2, 7)]
        await store.claims.release("r1", 5, "queued", 0.0)
        await store.claims.claim("r1", 5, "b", 5.0, progress=7)
        claim = await store.claims.of("r1")
        assert claim is not None
        assert claim.deaths == 0  # it was let go, and did not die

    async def test_an_owner_says_that_it_lives_and_is_forgotten_when_it_leaves(self, store: RunStore) -> None:
        await store.create(record("r1", owner="me", epoch=1), 5.0)
        await store.create(record("r2", owner="unknown", epoch=1))
        await store.claims.beat("me", 9.0)
        assert await store.claims.owners() == {"me": 9.0, "unknown": None}
        await store.claims.leave("me")
        assert await store.claims.owners() == {"me": None, "unknown": None}

    async def test_requests_reach_the_owner_and_its_word_comes_back(self, store: RunStore) -> None:
        await store.create(record("r1", owner="me", epoch=1))
        await store.create(record("r2", owner="other", epoch=1))
        first = await store.claims.ask("r1", "answer", {"path": "a", "value": [1, None]})
        second = await store.claims.ask("r1", "cancel", {})
        await store.claims.ask("r2", "cancel", {})
        assert (first, second) == (1, 2)
        assert await store.claims.requests("me") == [
            Request("r1", 1, "answer", {"path": "a", "value": [1, None]}),
            Request("r1", 2, "cancel", {}),
        ]
        await store.claims.settle("r1", 1, {"code": "bad-answer"})
        assert [one.number for one in await store.claims.requests("me")] == [2]
        found = await store.claims.request("r1", 1)
        assert found is not None
        assert found.outcome == {"code": "bad-answer"}
        assert await store.claims.withdraw("r1", 1) == found
        assert await store.claims.withdraw("r1", 1) is None
        await store.claims.settle("r1", 1, {})
        assert await store.claims.request("r1", 1) is None
        with pytest.raises(NotFound):
            await store.claims.ask("none", "cancel", {})
        await store.claims.release("r1", 1, "queued", 0.0)
        assert await store.claims.requests("me") == []

    async def test_of_an_answer_and_a_claim_at_once_one_is_refused(self, store: RunStore) -> None:
        for number in range(20):
            run_id = f"r{number}"
            await store.create(record(run_id, owner="me", epoch=1))
            await store.claims.release(run_id, 1, "waiting", None)
            both = (
                store.append(run_id, [event(1, "step-answered")], epoch=1, then="queued"),
                store.claims.claim(run_id, 1, "you", 5.0),
            )
            done = await asyncio.gather(*(both if number % 2 else reversed(both)), return_exceptions=True)
            conflicts = [one for one in done if isinstance(one, Conflict)]
            assert [one.code for one in conflicts] in ([], ["not-owner"])
            claim = await store.claims.of(run_id)
            assert claim is not None
            assert claim.owner == "you"

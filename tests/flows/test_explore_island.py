"""The agent on the island, turn after turn: what makes it this agent, after AgentKit (Wu et al., COLM 2024)."""

import json
from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio

from weft.catalog import stock_root
from weft.model import Flow, loads, to_json
from weft.runs.service import RunService
from weft.runs.state import RunState, fold
from weft.runs.store.memory import MemoryStore
from weft.testing import ScriptedModel, run_flow, services, stock_catalog

Json = dict[str, Any]

ACTIONS = [
    "east", "east", "gather", "south", "gather", "east", "gather", "north", "gather", "make rope",
    "rest", "rest", "rest", "east", "drink", "sail", "north", "make axe", "rest", "rest",
]  # fmt: skip
UNCHANGED = (13, 14)
"""The turns before which nothing happened but rest after rest."""
THOUGHT_OVER = ("around", "body", "carried", "news", "danger", "reached", "possible", "outcome", "lesson", "recall", "unknown")  # fmt: skip
"""The nodes that use their previous answer when nothing has changed."""


def template() -> Flow:
    return loads((stock_root() / "flows" / "explore_island.json").read_bytes())


class Person:
    """Answers as a model would that knows what it wants. A new fact each turn; a new plan each fifth."""

    def __init__(self) -> None:
        self.turn = 0
        self.model = ScriptedModel(self.answer)

    def answer(self, messages: Any) -> str:
        question = messages[-1].content
        for part, found in self.known().items():
            if part in question:
                return found if isinstance(found, str) else json.dumps(found)
        return f"An answer of turn {self.turn}."

    def known(self) -> Json:
        turn = self.turn
        return {
            "Is anything so urgent": {"urgent": False, "need": "a raft"},
            "reached (true": {"reached": turn % 5 == 1, "because": "so it is"},
            "possible (true": {"possible": True, "because": "so it is"},
            "as_expected (true": {"as_expected": turn % 2 == 0, "because": "so it is"},
            "What does this teach": [f"fact {turn}", "trees are wood"],
            "skill (its name": {"skill": f"way {turn}", "how": "so"},
            "What do you have to ask yourself": [f"Where is water on turn {turn}?", "Is it {{state.goal}}?"],
            "goal (one sentence)": {"goal": f"plan of turn {turn}", "steps": ["go"], "done_when": "there"},
            "Decide.": {"action": ACTIONS[(turn - 1) % len(ACTIONS)], "expected": f"it works on turn {turn}"},
        }

    def asked(self, start: str) -> list[list[Json]]:
        """The requests whose last message begins so."""
        return [request for request in self.model.requests if request[-1]["content"].startswith(start)]


class Turns:
    """Twenty runs of one session."""

    def __init__(self) -> None:
        self.person = Person()
        self.service = RunService(MemoryStore(), services(self.person.model), stock_catalog)
        self.runs: list[RunState] = []
        self.knowledge: list[list[str]] = []
        self.requests: list[int] = []

    async def all_of_them(self) -> None:
        flow = template()
        for turn in range(1, len(ACTIONS) + 1):
            self.person.turn = turn
            before = len(self.person.model.requests)
            run_id = await self.service.start(flow, session="one")
            self.runs.append(fold([event async for event in self.service.watch(run_id)]))
            self.requests.append(len(self.person.model.requests) - before)
            self.knowledge.append((await self.state())["knowledge"])

    async def state(self) -> Json:
        [session] = await self.service.sessions()
        return (await self.service.session(session.flow, "one")).state

    def ended(self, turn: int, *paths: str) -> set[str]:
        steps = self.runs[turn - 1].steps
        return {f"{steps[path].status}{' cached' if steps[path].cached else ''}" for path in paths}


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def turns() -> AsyncIterator[Turns]:
    made = Turns()
    await made.all_of_them()
    yield made
    await made.service.close()


def test_all_twenty_turns_succeed(turns: Turns) -> None:
    assert [(run.status, run.error) for run in turns.runs] == [("succeeded", None)] * 20


def test_its_actions_reach_the_world(turns: Turns) -> None:
    assert [run.outputs["action"] for run in turns.runs] == ACTIONS
    assert turns.runs[0].outputs["result"].startswith("Day 1, daylight. You went east. You stand on grass.")
    assert turns.runs[2].outputs["reached"] == ["fibre"]
    assert turns.runs[19].outputs["reached"] == ["fibre", "wood", "rope"]
    assert "You carry 2 wood, 1 rope." in turns.runs[19].outputs["result"]
    assert "You have no raft." in turns.runs[15].outputs["result"]


async def test_the_world_lives_in_the_state_of_the_session(turns: Turns) -> None:
    state = await turns.state()
    assert state["island"]["turn"] == 20
    assert state["island"]["carried"] == {"wood": 2, "rope": 1}
    assert state["last"] == {"action": "rest", "expected": "it works on turn 20"}
    assert len(state["diary"]) == len(set(state["diary"]))


@pytest.mark.parametrize("turn", UNCHANGED)
def test_what_was_thought_over_is_used_again_when_nothing_changed(turns: Turns, turn: int) -> None:
    assert turns.ended(turn, *THOUGHT_OVER) == {"succeeded cached"}
    assert turns.ended(turn, "adapt", "cause", "practice") == {"skipped"}
    assert turns.ended(turn, "next_step", "think", "act", "do") == {"succeeded"}
    assert turns.requests[turn - 1] == 6, "next_step, skill, think, doubt, act, tell"
    around = turns.runs[turn - 1].steps["around"].value
    assert around is not None
    assert around["text"] == "An answer of turn 12."


def test_it_is_thought_over_anew_when_something_did(turns: Turns) -> None:
    for turn in (1, 2, 12, 15):
        assert turns.ended(turn, *THOUGHT_OVER) == {"succeeded"}, turn


def test_the_questions_it_asks_itself_are_steps_of_that_run_alone(turns: Turns) -> None:
    for number, run in enumerate(turns.runs, 1):
        added = {path: step for path, step in run.steps.items() if step.by}
        expected = set() if number in UNCHANGED else {"adapt_1", "adapt_2"}
        assert set(added) == expected, number
        assert all(
            (step.by, step.status, step.component) == ("adapt", "succeeded", "prompt")
            for step in added.values()
        )
    assert "adapt_1" not in template().nodes


def test_what_it_asked_itself_is_seen_by_those_that_decide(turns: Turns) -> None:
    own = [
        {"role": "user", "content": "Where is water on turn 3?"},
        {"role": "assistant", "content": "An answer of turn 3."},
    ]
    other = {"role": "user", "content": "Is it {{state.goal}}?"}
    [doubt] = [request for request in turns.person.asked("What could go wrong") if own[0] in request]
    place = doubt.index(own[0])
    assert doubt[place : place + 3] == [*own, other], "in the place of the edge, in order"
    for start in ("What could go wrong", "Your subgoal is: plan of turn 1 The steps"):
        assert any(own[0] in request for request in turns.person.asked(start))
    [asked] = turns.person.asked("Where is water on turn 3?")
    assert asked[-2]["content"] == "An answer of turn 3.", "and builds on what is known"


def test_what_it_knows_grows(turns: Turns) -> None:
    changed = [turn for turn in range(1, 21) if turn not in UNCHANGED]
    assert turns.knowledge[0] == ["fact 1", "trees are wood"]
    assert turns.knowledge[-1] == ["fact 1", "trees are wood", *(f"fact {turn}" for turn in changed[1:])]
    assert turns.knowledge[12] == turns.knowledge[11]
    [recall] = [request for request in turns.person.asked("This is what you have learnt") if "fact 3" in request[-1]["content"] and "fact 4" not in request[-1]["content"]]  # fmt: skip
    assert "fact 2" in recall[-1]["content"]


async def test_a_way_that_worked_becomes_a_skill_and_a_failure_gets_a_cause(turns: Turns) -> None:
    assert turns.ended(3, "cause") == turns.ended(4, "practice", "skills") == {"succeeded"}
    assert turns.ended(3, "practice", "skills") == turns.ended(4, "cause") == {"skipped"}
    skills = [skill["skill"] for skill in (await turns.state())["skills"]]
    assert skills == [f"way {turn}" for turn in range(2, 21, 2) if turn not in UNCHANGED]
    [choosing] = [request for request in turns.person.asked("These are ways that have worked") if "way 4" in request[-1]["content"] and "way 6" not in request[-1]["content"]][:1]  # fmt: skip
    assert "way 2" in choosing[-1]["content"]


def test_it_plans_anew_only_through_the_gate(turns: Turns) -> None:
    planned = [turn for turn in range(1, 21) if turns.ended(turn, "subgoal") == {"succeeded"}]
    assert planned == [1, 6, 11, 16]
    assert turns.ended(2, "options", "weigh", "subgoal") == {"skipped"}
    steps = turns.person.asked("Your subgoal is: plan of turn 6 The steps")
    assert len(steps) == 5, "kept for five turns"


async def test_the_same_twenty_turns_as_rounds_of_a_repeat() -> None:
    person = Person()
    person.turn = 1

    def answer(messages: Any) -> str:
        said = person.answer(messages)
        person.turn += messages[-1].content.startswith("Decide.")
        return said

    rounds = {
        "component": "repeat",
        "params": {"flow": to_json(template()), "until": "over", "at_most": 20},
    }
    result = await run_flow({"format": 1, "nodes": {"turns": rounds}}, model=ScriptedModel(answer))
    assert result.error is None
    values = result.values["turns"]
    assert (values["rounds"], values["over"]) == (20, False)
    assert values["reached"] == ["fibre", "wood", "rope"]
    added = [path for path in result.values if path.endswith("/adapt_1")]
    assert added == [f"turns[{turn - 1}]/adapt_1" for turn in range(1, 21) if turn not in UNCHANGED]

"""The pages without a browser: what is drawn, what an event does to the document."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import pytest
from nicegui.testing import User
from tests.ui.conftest import simulated

from weft.ui.canvas import Canvas
from weft.ui.elements import Field
from weft.ui.inspector.prompt_row import Prompt
from weft.workspace import Workspace

STOCK = Path(__file__).parents[2] / "flows"
FlowFile = Callable[..., Path]
TOPIC = {"topic": {"type": "text", "default": "tides"}}
PROMPT = {"component": "prompt", "params": {"prompt": "About {{topic}}"}, "inputs": {"topic": "inputs.topic"}}


def field(user: User, name: str) -> Field | Prompt:
    return cast("Field | Prompt", next(iter(user.find(marker=name).elements)))


def select(user: User, *nodes: str) -> None:
    user.find(Canvas).trigger("select", {"nodes": list(nodes), "edge": None})


def change(user: User, name: str, value: Any) -> None:
    base = field(user, name).prop("value")
    user.find(marker=name).trigger("change", {"value": value, "seq": 1, "base": base})


def on_disk(home: Workspace, slug: str) -> Any:
    return json.loads((home.root / "flows" / f"{slug}.json").read_text())


# --- the gallery ---------------------------------------------------------------------------------------------------


async def test_the_gallery_shows_flows_templates_and_broken_files(user: User, flow_file: FlowFile) -> None:
    mine = flow_file("mine", name="My flow", description="Says something.", nodes={"a": PROMPT}, inputs=TOPIC)
    mine.with_name("broken.json").write_text('{"format": 1,')
    await user.open("/")
    for words in ("My flow", "Says something.", "1 node", "broken.json", "Templates", "Use template"):
        await user.should_see(words)
    await user.should_see("the text ends before the document does")


async def test_an_empty_workspace_says_how_to_begin(user: User) -> None:
    await user.open("/")
    await user.should_see("No flows in this workspace yet.")


async def test_a_new_flow_is_written_and_opened(user: User, home: Workspace) -> None:
    await user.open("/")
    user.find(marker="new-flow").click()
    await user.should_see(kind=Field, marker="new-name")
    change(user, "new-name", "Plan a trip")
    user.find(marker="create").click()
    await user.should_see(kind=Canvas, retries=20)
    assert on_disk(home, "plan_a_trip")["name"] == "Plan a trip"


# --- the editor's forms --------------------------------------------------------------------------------------------


async def test_a_flow_that_is_not_there_has_a_page_that_says_so(user: User) -> None:
    response = await user.http_client.get("/flows/nothing")
    assert response.status_code == 404
    assert "There is no flow" in response.text


async def test_a_hostile_name_is_only_text(user: User) -> None:
    response = await user.http_client.get("/flows/%3Cscript%3Ealert(1)%3C%2Fscript%3E")
    assert response.status_code in (404, 422)
    assert "<script>alert" not in response.text


async def test_a_page_that_can_not_be_built_shows_an_id_and_no_detail(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    class Broken(Workspace):
        def flows(self) -> Any:
            raise RuntimeError("the secret detail")

    async with simulated(Broken(tmp_path, env={}), raise_errors=False) as person:
        response = await person.http_client.get("/")
    assert response.status_code == 500
    assert "secret" not in response.text
    identity = response.text.split("as error ")[1][:8]
    assert f"error {identity} at /" in caplog.text


async def test_an_address_without_a_page_says_so(user: User) -> None:
    response = await user.http_client.get("/no/such/page")
    assert response.status_code == 404
    assert "There is no page at this address." in response.text


async def test_typing_a_prompt_makes_ports(user: User, flow_file: FlowFile) -> None:
    flow_file("one", nodes={"ask": {"component": "prompt"}})
    await user.open("/flows/one")
    select(user, "ask")
    change(user, "ask/param/prompt", "Compare {{this}} with {{that}}")
    await user.should_see(kind=Field, marker="ask/param/this")
    await user.should_see(kind=Field, marker="ask/param/that")
    change(user, "ask/param/prompt", "Only {{this}}")
    await user.should_not_see(kind=Field, marker="ask/param/that")


async def test_undo_takes_back_one_pause_of_typing(user: User, flow_file: FlowFile) -> None:
    flow_file("one", nodes={"ask": {"component": "prompt"}})
    await user.open("/flows/one")
    select(user, "ask")
    change(user, "ask/param/prompt", "First")
    change(user, "ask/param/prompt", "First and second")
    user.find(Canvas).trigger("command", {"name": "undo"})
    assert field(user, "ask/param/prompt").value == "First"
    user.find(Canvas).trigger("command", {"name": "redo"})
    assert field(user, "ask/param/prompt").value == "First and second"


async def test_bad_json_is_kept_in_the_field_and_out_of_the_flow(user: User, flow_file: FlowFile) -> None:
    flow_file("one", state={"a": 1}, nodes={})
    await user.open("/flows/one")
    change(user, "flow/state/value", '{"a": ')
    await user.should_see("Not valid JSON")
    assert field(user, "flow/state/value").value == '{"a": '
    await user.should_see("Saved")


async def test_renaming_a_node_moves_every_reference_and_the_selection(
    user: User, flow_file: FlowFile
) -> None:
    flow_file(
        "two", nodes={"a": PROMPT, "b": {"component": "prompt", "inputs": {"context": ["a"]}}}, inputs=TOPIC
    )
    await user.open("/flows/two")
    select(user, "a")
    change(user, "a/id", "first")
    await user.should_see(kind=Field, marker="first/id")
    select(user, "b")
    await user.should_see("first")


async def test_a_name_that_is_taken_stays_in_the_field_with_the_reason(
    user: User, flow_file: FlowFile
) -> None:
    flow_file("two", nodes={"a": PROMPT, "b": PROMPT}, inputs=TOPIC)
    await user.open("/flows/two")
    select(user, "a")
    change(user, "a/id", "b")
    assert field(user, "a/id").value == "b"
    assert field(user, "a/id").prop("error")


async def test_the_inputs_card_adds_types_and_renames(
    user: User, flow_file: FlowFile, home: Workspace
) -> None:
    flow_file("one", nodes={"ask": PROMPT}, inputs=TOPIC)
    await user.open("/flows/one")
    select(user, "inputs")
    user.find(marker="inputs/add").click()
    change(user, "inputs/input/type", "number")
    change(user, "inputs/input/default", "many")
    await user.should_see("'many' is not a number")
    change(user, "inputs/input/default", "3")
    change(user, "inputs/topic/name", "subject")
    select(user, "ask")
    await user.should_see("inputs.subject")
    await user.should_see("Unsaved changes")
    user.find(Canvas).trigger("command", {"name": "save"})
    await user.should_see("Saved", retries=20)
    assert on_disk(home, "one")["inputs"] == {
        "subject": {"type": "text", "default": "tides"},
        "input": {"type": "number", "default": 3},
    }


async def test_options_and_saves_are_written_and_bad_ones_explained(
    user: User, flow_file: FlowFile, home: Workspace
) -> None:
    flow_file("one", nodes={"ask": PROMPT, "other": PROMPT}, inputs=TOPIC)
    await user.open("/flows/one")
    select(user, "ask")
    for section in ("more", "save", "options"):
        user.find(marker=f"ask/{section}").click()
    change(user, "ask/option/timeout", "soon")
    await user.should_see("'soon' is not a number")
    change(user, "ask/option/timeout", "30")
    change(user, "ask/option/retries", "-1")
    await user.should_see("Write a whole number, 0 or more.")
    change(user, "ask/option/retries", "2")
    change(user, "ask/option/on_error", "continue")
    change(user, "ask/option/default", "nothing found")
    user.find(marker="ask/save/add").click()
    change(user, "ask/save/0/state", "notes.first")
    change(user, "ask/param/system", "Be brief.\nBe kind.")
    user.find(kind=Field, marker="ask/after:add").trigger("pick", {"value": "other"})
    user.find(Canvas).trigger("command", {"name": "save"})
    await user.should_see("Saved", retries=20)
    node = on_disk(home, "one")["nodes"]["ask"]
    assert node["options"] == {
        "timeout": 30,
        "retries": 2,
        "on_error": "continue",
        "default": "nothing found",
    }
    assert node["params"]["save"] == {"notes.first": ""}
    assert node["params"]["system"] == {"$lines": ["Be brief.", "Be kind."]}
    assert node["after"] == ["other"]


async def test_the_order_of_a_list_is_changed_in_the_form(
    user: User, flow_file: FlowFile, home: Workspace
) -> None:
    flow_file(
        "list",
        nodes={
            "a": PROMPT,
            "b": PROMPT,
            "c": {"component": "prompt", "params": {"prompt": "Hi"}, "inputs": {"context": ["a", "b"]}},
        },
        inputs=TOPIC,
    )
    await user.open("/flows/list")
    select(user, "c")
    user.find("Later").click()
    user.find(Canvas).trigger("command", {"name": "save"})
    await user.should_see("Unsaved changes")
    await user.should_see("Saved", retries=20)
    assert on_disk(home, "list")["nodes"]["c"]["inputs"] == {"context": ["b", "a"]}


async def test_an_unknown_component_is_shown_with_what_it_holds(user: User, flow_file: FlowFile) -> None:
    flow_file("one", nodes={"odd": {"component": "no_such", "params": {"depth": 3}}})
    await user.open("/flows/one")
    select(user, "odd")
    await user.should_see("No component 'no_such' in this workspace.")
    assert field(user, "odd/param/depth").value == "3"


# --- the canvas's half ---------------------------------------------------------------------------------------------


def batch(user: User, op_id: str, *changes: dict[str, Any]) -> None:
    user.find(Canvas).trigger(
        "ops", {"op_id": op_id, "base_rev": 0, "changes": list(changes), "label": "Test"}
    )


async def test_a_batch_is_applied_once_and_marks_the_flow_as_unsaved(user: User, flow_file: FlowFile) -> None:
    flow_file("one", nodes={})
    await user.open("/flows/one")
    add = {"op": "add-node", "id": "a", "node": {"component": "prompt"}, "at": [0, 0]}
    batch(user, "x-1", add)
    batch(user, "x-1", add)
    await user.should_see("Unsaved changes")
    await user.should_see("1 node")


async def test_a_refused_batch_changes_nothing(user: User, flow_file: FlowFile) -> None:
    flow_file("one", nodes={})
    await user.open("/flows/one")
    batch(user, "x-1", {"op": "remove-node", "id": "ghost"})
    batch(user, "x-2", {"op": "no-such-change"})
    await user.should_see("Saved")
    await user.should_see("0 nodes")


@pytest.mark.parametrize("slug", sorted(path.stem for path in STOCK.glob("*.json") if "." not in path.stem))
async def test_every_template_opens(user: User, slug: str) -> None:
    await user.open(f"/flows/{slug}")
    await user.should_see("Saved")
    for node in json.loads((STOCK / f"{slug}.json").read_text())["nodes"]:
        select(user, node)
        await user.should_see(kind=Field, marker=f"{node}/id")

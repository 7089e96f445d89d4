"""What is typed and can't be used yet is kept with the reason, and never reaches the flow."""

from typing import Any

from weft.ui.inspector.edits import Changes, Edits


class Desk:
    """A field over one value, and a flow that refuses the value `bad`."""

    def __init__(self) -> None:
        self.value = "old"
        self.submitted: list[tuple[Changes, str]] = []
        self.drawn = 0
        self.edits = Edits(self.submit, self.redraw)

    def submit(self, changes: Changes, label: str) -> str:
        self.submitted.append((changes, label))
        if changes[0]["value"] == "bad":
            return "That is taken."
        self.value = changes[0]["value"]
        return ""

    def redraw(self) -> None:
        self.drawn += 1

    def field(self) -> dict[str, Any]:
        def make(text: str) -> Changes:
            if text == "{":
                raise ValueError("Not valid JSON.")
            return [] if text == self.value else [{"op": "set", "value": text}]

        return self.edits.field("key", self.value, make, "Set it")


def test_a_value_becomes_one_labelled_transaction() -> None:
    desk = Desk()
    desk.field()["on_change"]("new")
    assert desk.submitted == [([{"op": "set", "value": "new"}], "Set it")]
    assert (desk.field()["value"], desk.field()["error"]) == ("new", "")


def test_what_is_no_value_stays_in_the_field_with_the_reason() -> None:
    desk = Desk()
    desk.field()["on_change"]("{")
    assert desk.submitted == []
    assert desk.drawn == 1
    assert (desk.field()["value"], desk.field()["error"]) == ("{", "Not valid JSON.")


def test_what_the_flow_refuses_stays_in_the_field_with_the_reason() -> None:
    desk = Desk()
    desk.field()["on_change"]("bad")
    assert (desk.field()["value"], desk.field()["error"]) == ("bad", "That is taken.")
    desk.field()["on_change"]("good")
    assert (desk.field()["value"], desk.field()["error"]) == ("good", "")


def test_typing_the_old_value_again_ends_the_draft_without_a_transaction() -> None:
    desk = Desk()
    desk.field()["on_change"]("{")
    desk.field()["on_change"]("old")
    assert desk.submitted == []
    assert (desk.field()["value"], desk.field()["error"]) == ("old", "")


def test_a_draft_ends_when_the_value_below_it_changes() -> None:
    desk = Desk()
    desk.field()["on_change"]("{")
    desk.value = "from another tab"
    assert (desk.field()["value"], desk.field()["error"]) == ("from another tab", "")

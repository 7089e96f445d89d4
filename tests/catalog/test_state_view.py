"""The run's state as a component sees it."""

import pytest

from weft.catalog import StateView
from weft.model.errors import WeftError


def test_it_is_read_by_path() -> None:
    view = StateView({"plan": {"steps": ["one", {"name": "two"}]}})
    assert view.get("plan.steps.1.name") == "two"
    assert view.get("plan.none", "else") == "else"
    assert view["plan.steps.0"] == "one"
    assert list(view) == ["plan"]
    assert len(view) == 1
    assert "plan.steps" in view
    assert "gone" not in view


def test_what_is_read_is_a_copy() -> None:
    view = StateView({"list": [1]})
    view.get("list").append(2)
    view["list"].append(3)
    assert view.get("list") == [1]


def test_what_is_written_is_made_on_the_way_and_noted() -> None:
    root = {"plan": {"old": 1}}
    view = StateView(root)
    value = {"a": [1]}
    view.set("plan.new.deep", value)
    view.set("count", 3)
    value["a"].append(2)
    view.set("plan.new.deep.b", 1)
    assert root == {"plan": {"old": 1, "new": {"deep": {"a": [1], "b": 1}}}, "count": 3}
    assert view.written == {"plan.new.deep": {"a": [1]}, "count": 3, "plan.new.deep.b": 1}


def test_a_path_through_a_text_is_refused() -> None:
    view = StateView({"name": "Ada"})
    with pytest.raises(ValueError, match=r"state\.name\.first can't be written: 'name' in it is no object"):
        view.set("name.first", "A")


def test_only_plain_json_goes_in() -> None:
    view = StateView()
    with pytest.raises(WeftError):
        view.set("x", object())
    with pytest.raises(WeftError):
        view.set("x", float("nan"))
    assert view.written == {}

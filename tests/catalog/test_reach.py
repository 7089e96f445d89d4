"""What a component says that it reaches."""

from typing import Any

import pytest

from weft import WeftError, component
from weft.catalog.reach import PortReach, read_reach


def test_ports_and_what_it_reaches_by_itself() -> None:
    said = {"url": "host", "to": {"written": {"how": ["write"]}}, "hosts": ["a.example"], "tools": "nothing"}
    made = read_reach(said, {"url", "to", "how", "tools"})
    assert made.ports["url"] == PortReach("host")
    assert made.ports["to"] == PortReach("written", ("how", ("write",)))
    assert made.ports["tools"] == PortReach("nothing")
    assert made.own == {"hosts": ("a.example",)}


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ({"nobody": "host"}, "'nobody' is no parameter, nor a list called hosts"),
        ({"url": "web"}, "'url' can't be 'web': there are host, code, model"),
        ({"url": 7}, "'url' can't be 7"),
        ({"url": {"host": {}}}, "write when it is so"),
        ({"url": {"host": {"nobody": ["x"]}}}, "write when it is so"),
        ({"url": {"host": {"url": "x"}}}, "write when it is so"),
        ({"hosts": [7]}, "'hosts' must be a list of texts"),
    ],
)
def test_what_cannot_be_declared_is_refused(said: dict[str, Any], words: str) -> None:
    def ask(url: str) -> str:
        return url

    with pytest.raises(WeftError) as refused:
        component(reach=said)(ask)
    assert refused.value.code == "bad-component"
    assert words in refused.value.message

"""What the shell completes: flows, templates, components, models."""

import pytest

from weft.cli.options import model_names


def completed(weft, *words: str) -> list[str]:
    """What bash would offer for the last word."""
    env = {
        "_WEFT_COMPLETE": "complete_bash",
        "COMP_WORDS": " ".join(["weft", *words]),
        "COMP_CWORD": str(len(words)),
    }
    return weft(env=env).stdout.split()


@pytest.mark.parametrize("command", ["run", "check", "fmt", "graph"])
def test_flows(weft, flow_file, command: str):
    flow_file("alpha")
    flow_file("beta").write_text("not even JSON")
    assert completed(weft, command, "al") == ["alpha"]
    assert "beta" in completed(weft, command, "")


def test_templates_components_models(weft):
    assert completed(weft, "new", "--template", "ess") == ["essay"]
    assert completed(weft, "components", "show", "pro") == ["prompt"]
    assert model_names("de") == ["demo"]


def test_commands(weft):
    assert completed(weft, "ch") == ["check"]

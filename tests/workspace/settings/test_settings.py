"""`weft.toml`: read strictly, and what is wrong in it said with its line."""

from pathlib import Path

import pytest

from weft.model import WeftError
from weft.workspace.settings.contents import Settings, read_settings


def settings_of(tmp_path: Path, text: str) -> Settings:
    (tmp_path / "weft.toml").write_text(text)
    return read_settings(tmp_path)


def test_without_a_file_the_defaults_hold(tmp_path: Path):
    assert read_settings(tmp_path) == Settings(model=None, parallel=16)


def test_what_the_file_says(tmp_path: Path):
    assert settings_of(tmp_path, 'model = "demo"\nparallel = 4\n') == Settings(model="demo", parallel=4)


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ('model = "demo"\nparallel = = 3\n', "weft.toml:2 isn't TOML: invalid value.", "Correct that line."),
        ("model = 'demo", "weft.toml:1 isn't TOML: expected \"'\".", "Correct that line."),
        (
            '\nmodell = "demo"\n',
            "weft.toml:2 has an unknown setting 'modell'.",
            "Did you mean 'model'?",
        ),
        (
            "parallel = 0\n",
            "weft.toml:1 setting 'parallel': input should be greater than or equal to 1.",
            "Correct that value.",
        ),
        (
            "parallel = true\n",
            "weft.toml:1 setting 'parallel': input should be a valid integer.",
            "Correct that value.",
        ),
        (
            "zebra = 1\n",
            "weft.toml:1 has an unknown setting 'zebra'.",
            "There are: model, parallel, grace, budget, limits, providers, windows, retention, tracing, python, mcp.",
        ),
        (
            '[windows]\n"gpt-9" = 100\n',
            "weft.toml:1 setting 'windows': 'gpt-9' names no model: write it as \"provider:model\", "
            'such as "ollama:llama3.2".',
            "Correct that value.",
        ),
        (
            '[windows]\n"ollama:*" = 0\n',
            "weft.toml:2 setting 'windows.ollama:*': input should be greater than or equal to 1.",
            "Correct that value.",
        ),
    ],
)
def test_what_is_wrong_is_a_sentence_with_its_line(tmp_path: Path, text: str, message: str, hint: str):
    with pytest.raises(WeftError) as refused:
        settings_of(tmp_path, text)
    assert (refused.value.message, refused.value.hint) == (message, hint)


def test_a_file_that_is_no_text(tmp_path: Path):
    (tmp_path / "weft.toml").write_bytes(b"\xff\xfe")
    with pytest.raises(WeftError, match=r"weft.toml can't be read"):
        read_settings(tmp_path)

"""`weft models`: who is ready, what the others lack, and whether those that are ready answer."""

import json
from pathlib import Path
from typing import Any

from tests.fakes.openai_server import FakeOpenAI, Reply

from weft.providers.choices import configured


def lines(result: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def test_the_list_says_what_each_lacks(weft: Any, here: Path) -> None:
    told = {one["provider"]: one for one in lines(weft("models", "--json"))}
    assert told["demo"]["ready"]
    assert told["anthropic"]["lacks"] == "weft secrets set ANTHROPIC_API_KEY"
    assert told["azure"]["lacks"] == "export AZURE_OPENAI_ENDPOINT=https://..."
    assert "export OLLAMA_HOST" in told["ollama"]["lacks"]
    assert "demo answers where nobody names a model" in weft("models").stderr


def test_what_is_configured_is_ready() -> None:
    env = {"OPENAI_BASE_URL": "http://127.0.0.1:1/v1", "WEFT_SECRET_MISTRAL_API_KEY": "k", "AWS_PROFILE": "p"}
    ready = {one.name for one in configured(env, {"ANTHROPIC_API_KEY"}.__contains__) if one.ready}
    assert ready == {"demo", "openai", "mistral", "bedrock", "anthropic"}


def test_a_package_that_is_missing_is_named(monkeypatch: Any) -> None:
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    assert {one.lacks for one in configured({}) if one.name == "mistral"} == {"pip install 'weft[mistral]'"}


def test_each_that_is_ready_is_asked_once(
    weft: Any, here: Path, fake_openai: FakeOpenAI, monkeypatch: Any
) -> None:
    for name, value in fake_openai.env.items():
        monkeypatch.setenv(name, value)
    fake_openai.default = Reply("ready")
    result = weft("models", "--test", "--json")
    told = {one["model"]: one for one in lines(result)}
    assert told["openai:gpt-4.1-mini"]["answer"] == "ready"
    assert told["openai:gpt-4.1-mini"]["tokens"] == 7
    assert told["demo"]["cost"] == 0
    assert (result.exit_code, len(fake_openai.requests)) == (0, 1)


def test_one_that_does_not_answer_says_why(
    weft: Any, here: Path, fake_openai: FakeOpenAI, monkeypatch: Any
) -> None:
    for name, value in fake_openai.env.items():
        monkeypatch.setenv(name, value)
    fake_openai.default = Reply.status(404, "no such model")
    result = weft("models", "openai:nonesuch", "demo", "nonsense:x", "--test")
    assert result.exit_code == 1
    assert "has no such model" in result.stdout
    assert "There is no model provider 'nonsense'" in result.stdout
    assert "fake-key" not in result.stdout + result.stderr

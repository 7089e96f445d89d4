"""Models by name: which there are, which is taken, and what is said of a name that is none."""

import subprocess
import sys
from typing import Any

import pytest
from tests.fakes.openai_server import FakeOpenAI

from weft import providers
from weft.model.errors import StepFailed


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("openai:gpt-4.1-mini", ("openai", "gpt-4.1-mini")),
        (" OpenAI : some/model:latest ", ("openai", "some/model:latest")),
        ("openai", ("openai", "gpt-4.1-mini")),
        ("scripted:answers.json", ("scripted", "answers.json")),
        ("demo", ("demo", "")),
    ],
)
def test_a_name_has_a_provider_and_a_model(text: str, parts: tuple[str, str]) -> None:
    assert providers.parse_spec(text) == parts


WRONG = [
    ("opnai:gpt-4.1", "unknown-provider", "Did you mean 'openai'?"),
    ("anthropic:claude", "unknown-provider", "There are: openai, scripted, demo."),
    ("gpt-4.1-mini", "unknown-provider", "'openai:gpt-4.1-mini'"),
    ("dmeo", "unknown-provider", "Did you mean 'demo'?"),
    ("", "unknown-provider", "There are: openai, scripted, demo."),
    ("scripted", "bad-model", "scripted:path/to/answers.json"),
    ("demo:large", "bad-model", "Write 'demo'."),
]


@pytest.mark.parametrize(("text", "code", "hint"), WRONG)
def test_a_name_that_is_none_is_refused_with_the_nearest_one(text: str, code: str, hint: str) -> None:
    with pytest.raises(StepFailed) as refused:
        providers.chat_model(text)
    assert refused.value.code == code
    assert hint in refused.value.hint
    assert refused.value.retryable is False


@pytest.mark.parametrize(
    ("env", "setting", "chosen"),
    [
        ({}, None, "demo"),
        ({"OPENAI_API_KEY": ""}, None, "demo"),
        ({"OPENAI_API_KEY": "k"}, None, "openai:gpt-4.1-mini"),
        ({"OPENAI_API_KEY": "k"}, "demo", "demo"),
        ({}, "openai:other", "openai:other"),
    ],
)
def test_the_model_when_none_is_named(env: dict[str, str], setting: str | None, chosen: str) -> None:
    assert providers.default_model(env, setting) == chosen


def test_a_missing_key_is_named_with_the_way_out() -> None:
    with pytest.raises(StepFailed, match="OPENAI_API_KEY isn't set") as refused:
        providers.chat_model("openai:m")
    assert refused.value.code == "no-key"
    assert "--model demo" in refused.value.hint


def test_a_missing_package_is_named_with_the_command_that_installs_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "langchain_openai", None)
    with pytest.raises(StepFailed) as refused:
        providers.chat_model("openai:m", api_key="some-key")
    assert refused.value.code == "missing-package"
    assert 'pip install "weft[openai]"' in refused.value.hint


async def test_a_server_of_ones_own_needs_no_key(
    fake_openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_API_KEY")
    model = providers.chat_model("openai:m")
    assert providers.text(await model.ainvoke("hi")) == "A plain answer."
    await providers.close()


async def test_one_live_model_for_each_name_address_and_key(fake_openai: FakeOpenAI) -> None:
    def ask(**more: Any) -> Any:
        return providers.chat_model("openai:m", **more)

    assert ask() is ask()
    assert ask() is ask(base_url=fake_openai.base_url, api_key="fake-key-for-tests")
    assert ask() is not ask(api_key="another-key")
    assert ask() is not ask(base_url="http://127.0.0.1:1/v1")
    before = ask()
    await providers.close()
    assert ask() is not before
    await providers.close()


async def test_both_usual_variables_lead_to_the_server(
    fake_openai: FakeOpenAI, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("OPENAI_BASE_URL")
    monkeypatch.setenv("OPENAI_API_BASE", fake_openai.base_url)
    await providers.chat_model("openai:m").ainvoke("hi")
    assert len(fake_openai.requests) == 1
    await providers.close()


@pytest.mark.parametrize("spec", ["demo", "openai:m"])
async def test_on_the_loop_a_model_is_loaded_in_a_thread(spec: str, fake_openai: FakeOpenAI) -> None:
    model = await providers.live_model(spec)
    assert model is await providers.live_model(spec) is providers.chat_model(spec)
    await providers.close()


def test_importing_the_package_imports_no_client() -> None:
    heavy = "langchain_core", "langchain_openai", "openai", "httpx", "jsonschema"
    code = f"import sys, weft.providers as p; p.default_model({{}}); sys.exit([m for m in {heavy} if m in sys.modules] or 0)"
    subprocess.run([sys.executable, "-c", code], check=True)

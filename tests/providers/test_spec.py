"""Models by name: which there are, which is taken, and what is said of a name that is none."""

import subprocess
import sys
from typing import Any

import pytest
from tests.fakes.openai_server import FakeOpenAI

from weft import providers
from weft.model.errors import StepFailed
from weft.providers import accounts, openai
from weft.providers.registry import SERVED
from weft.providers.spec import parse_chain


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("openai:gpt-4.1-mini", ("openai", "gpt-4.1-mini")),
        (" OpenAI : some/model:latest ", ("openai", "some/model:latest")),
        ("openai", ("openai", "gpt-4.1-mini")),
        ("scripted:answers.json", ("scripted", "answers.json")),
        ("anthropic", ("anthropic", "claude-sonnet-5-5")),
        ("ollama:llama3.2:1b", ("ollama", "llama3.2:1b")),
        ("demo", ("demo", "")),
    ],
)
def test_a_name_has_a_provider_and_a_model(text: str, parts: tuple[str, str]) -> None:
    assert providers.parse_spec(text) == parts


WRONG = [
    ("opnai:gpt-4.1", "unknown-provider", "Did you mean 'openai'?"),
    (
        "closedai:claude",
        "unknown-provider",
        "There are: openai, azure, openrouter, vllm, llamacpp, lmstudio,",
    ),
    ("vllm", "bad-model", "Write it as 'vllm:NAME'"),
    ("gpt-4.1-mini", "unknown-provider", "'openai:gpt-4.1-mini'"),
    ("dmeo", "unknown-provider", "Did you mean 'demo'?"),
    ("", "unknown-provider", "anthropic, google, mistral, ollama, bedrock, scripted, demo."),
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
        ({"ANTHROPIC_API_KEY": "k"}, None, "anthropic:claude-sonnet-5-5"),
        ({"WEFT_SECRET_GEMINI_API_KEY": "k"}, None, "google:gemini-3.8-flash"),
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


PACKAGES = {
    "openai:m": "langchain_openai",
    "azure:m": "langchain_openai",
    "anthropic:m": "langchain_anthropic",
    "google:m": "langchain_google_genai",
    "mistral:m": "langchain_mistralai",
    "ollama:m": "langchain_ollama",
    "bedrock:m": "langchain_aws",
}


BUILT_ON = ("compatible", "converse", "thinking_ollama")
"""Our modules that can't be imported without the package of theirs; an earlier test may have done so."""


@pytest.mark.parametrize("model", PACKAGES)
def test_a_missing_package_is_named_with_the_command_that_installs_it(
    model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, PACKAGES[model], None)
    for name in BUILT_ON:
        monkeypatch.delitem(sys.modules, f"weft.providers.{name}", raising=False)
    with pytest.raises(StepFailed) as refused:
        providers.chat_model(model, api_key="some-key", base_url="https://models.example")
    assert refused.value.code == "missing-package"
    extra = model.split(":")[0].replace("azure", "openai")
    assert f"pip install 'weft[{extra}]'" in refused.value.hint


def test_a_missing_package_that_several_share_is_said_of_none_of_them(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setitem(sys.modules, "langchain_openai", None)
    with pytest.raises(StepFailed, match="This model needs a package") as refused:
        openai.load()
    assert "openai:" not in refused.value.message
    assert refused.value.hint == "Install it with: pip install 'weft[openai]'"


def test_an_address_is_asked_for_where_there_is_none() -> None:
    with pytest.raises(StepFailed, match="AZURE_OPENAI_ENDPOINT isn't set") as refused:
        providers.chat_model("azure:m", api_key="some-key")
    assert refused.value.code == "no-address"


def test_an_address_gets_what_it_lacks() -> None:
    def where(name: str, **env: str) -> str:
        return accounts.address(SERVED[name], env)

    assert where("azure", AZURE_OPENAI_ENDPOINT="https://x.example/") == "https://x.example/openai/v1"
    assert where("vllm", VLLM_BASE_URL="http://gpu:8000") == "http://gpu:8000/v1"
    assert where("vllm", VLLM_BASE_URL="http://gpu:8000/other") == "http://gpu:8000/other"
    assert where("ollama", OLLAMA_HOST="0.0.0.0:11434") == "http://127.0.0.1:11434"
    assert where("ollama") == "http://localhost:11434"


def test_several_models_are_one_name() -> None:
    assert [str(spec) for spec in parse_chain("openai:a | anthropic:b|demo")] == [
        "openai:a",
        "anthropic:b",
        "demo",
    ]
    with pytest.raises(StepFailed, match="names no provider"):
        parse_chain("openai:a |")


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
    heavy = "langchain_core", "langchain_openai", "openai", "anthropic", "httpx", "jsonschema"
    code = f"import sys, weft.providers as p; p.default_model({{}}); sys.exit([m for m in {heavy} if m in sys.modules] or 0)"
    subprocess.run([sys.executable, "-c", code], check=True)

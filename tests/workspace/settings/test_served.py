"""Providers as the settings have them: address, model, time, headers, and no key to an address it isn't bound to."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.openai_server import FakeOpenAI, Reply

from weft.model import WeftError, from_json
from weft.workspace import Workspace
from weft.workspace.resolving.trying import tried
from weft.workspace.settings.contents import checked

KEY = "sk-test-of-the-settings"


@pytest.fixture
def fake() -> Iterator[FakeOpenAI]:
    with FakeOpenAI() as server:
        yield server


def opened(folder: Path, settings: str, **env: str) -> Workspace:
    (folder / "weft.toml").write_text(settings)
    (folder / "flows").mkdir(exist_ok=True)
    return Workspace(folder, env=env)


async def asked(workspace: Workspace, model: str) -> Any:
    node = {"component": "prompt", "params": {"prompt": "Hello", "model": model}}
    runs = workspace.runs()
    try:
        return await runs.result(await runs.start(from_json({"format": 1, "nodes": {"a": node}})))
    finally:
        await workspace.close()


async def test_a_bare_provider_is_asked_where_and_for_what_the_settings_say(
    tmp_path: Path, fake: FakeOpenAI
) -> None:
    text = f'[providers.vllm]\nbase_url = "{fake.base_url}"\nmodel = "qwen"\ntimeout = 7\n'
    workspace = opened(tmp_path, text + 'headers = { X-Team = "TEAM" }\n', WEFT_SECRET_TEAM="blue-team")
    workspace.secrets.bind("TEAM", (fake.base_url.removesuffix("/v1"),))
    fake.will(Reply("Good day."))
    result = await asked(workspace, "vllm")
    assert result.values["a"]["text"] == "Good day.", result.error
    (request,) = fake.requests
    assert (request.body["model"], request.headers["x-team"]) == ("qwen", "blue-team")
    assert "x-stainless-lang" in request.headers  # the client's own are there as well


async def test_each_client_sends_the_headers(tmp_path: Path) -> None:
    from tests.providers.test_forms import KINDS

    from weft.providers import messages
    from weft.workspace.resolving.resolve import pool_of

    for name in ("anthropic", "google", "mistral", "ollama"):
        with KINDS[name][0]() as server:
            text = f'[providers.{name}]\nbase_url = "{server.base_url}"\nheaders = {{ X-Team = "TEAM" }}\n'
            workspace = opened(tmp_path, text, WEFT_SECRET_TEAM="blue-team")
            workspace.secrets.bind("TEAM", (server.base_url.removesuffix("/v1"),))
            pool = pool_of(workspace)
            live = await pool.live_model(f"{name}:m")
            await live.ainvoke(messages([{"role": "user", "content": "Hello"}]))
            assert server.requests[0].headers["x-team"] == "blue-team", name
            assert server.requests[0].headers.get("authorization") in (None, "Bearer none")
            await pool.close()


async def test_no_key_is_sent_to_an_address_of_the_settings_before_it_is_bound(
    tmp_path: Path, fake: FakeOpenAI
) -> None:
    text = f'[providers.openai]\nbase_url = "{fake.base_url}"\n'
    there = fake.base_url.removesuffix("/v1")
    for env in ({"OPENAI_API_KEY": KEY}, {"WEFT_SECRET_OPENAI_API_KEY": KEY}):
        workspace = opened(tmp_path, text, **env)
        choice = next(one for one in workspace.served.choices() if one.name == "openai")
        assert choice.lacks == f"weft secrets bind OPENAI_API_KEY {there}"
        found = await tried(workspace, "openai:m")
        assert found.error is not None
        assert found.error.code == "secret-elsewhere"
        assert f"weft secrets bind OPENAI_API_KEY {there}" in found.error.hint
    assert fake.requests == []
    workspace = opened(tmp_path, text, OPENAI_API_KEY=KEY)
    workspace.secrets.bind("OPENAI_API_KEY", (there,))
    assert next(one for one in workspace.served.choices() if one.name == "openai").ready
    assert (await tried(workspace, "openai:m")).error is None
    assert fake.requests[0].headers["authorization"] == f"Bearer {KEY}"


async def test_an_address_that_the_environment_names_too_gets_the_key_beside_it(
    tmp_path: Path, fake: FakeOpenAI
) -> None:
    text = f'[providers.openai]\nbase_url = "{fake.base_url}"\n'
    workspace = opened(tmp_path, text, OPENAI_API_KEY=KEY, OPENAI_BASE_URL=fake.base_url)
    assert (await tried(workspace, "openai:m")).error is None


async def test_a_header_is_no_way_out_for_another_secret(tmp_path: Path, fake: FakeOpenAI) -> None:
    text = f'[providers.vllm]\nbase_url = "{fake.base_url}"\nheaders = {{ X-A = "OTHER" }}\n'
    workspace = opened(tmp_path, text, WEFT_SECRET_OTHER="a-secret-of-another")
    result = await asked(workspace, "vllm:m")
    assert result.error["code"] == "secret-elsewhere"
    assert fake.requests == []


def test_the_own_model_comes_first_and_answers_by_default(tmp_path: Path) -> None:
    text = '[providers.openai]\nmodel = "gpt-own"\n[providers.lmstudio]\nbase_url = "http://127.0.0.1:1"\n'
    workspace = opened(tmp_path, text, OPENAI_API_KEY=KEY)
    choices = {one.name: one for one in workspace.served.choices()}
    assert choices["openai"].models[:2] == ("openai:gpt-own", "openai:gpt-4.1-mini")
    assert choices["lmstudio"].ready
    assert choices["lmstudio"].address == "http://127.0.0.1:1/v1"
    assert workspace.default_model == "openai:gpt-own"
    assert workspace.served.named(" openai ") == "openai:gpt-own"
    assert workspace.served.named("openai:other") == "openai:other"
    assert workspace.rate_limits["openai"].requests_per_minute is None


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ('base_url = "ftp://x"', "providers.vllm.base_url"),
        ('base_url = "https://me:pass@host/v1"', "providers.vllm.base_url"),
        ("timeout = 0", "greater than 0"),
        ('headers = { Authorization = "KEY" }', "'Authorization' can't be set as a header here"),
        ('headers = { X-Key = "sk-live value" }', "by the name of a secret"),
        ('model = "a | b"', "providers.vllm.model"),
        ("speed = 1", "unknown setting"),
    ],
)
def test_what_can_not_be_a_setting_is_said_with_its_line(line: str, said: str) -> None:
    with pytest.raises(WeftError) as raised:
        checked(f"[providers.vllm]\n{line}\n")
    assert said in raised.value.message
    assert "sk-live" not in json.dumps([raised.value.message, raised.value.hint])
    assert raised.value.message.startswith("weft.toml:")


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('[providers.bedrock]\nheaders = { X-A = "KEY" }', "take no headers"),
        ('[providers.demo]\nbase_url = "https://x.example"', "no server behind 'demo'"),
    ],
)
def test_providers_that_have_no_such_thing(text: str, said: str) -> None:
    with pytest.raises(WeftError, match=said):
        checked(text)

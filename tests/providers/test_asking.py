"""What a prompt asks of a model beside its words: settings, a schema, files, another model when one can't be had."""

import base64
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.fakes.anthropic_server import FakeAnthropic
from tests.fakes.google_server import FakeGoogle
from tests.fakes.mistral_server import FakeMistral
from tests.fakes.ollama_server import FakeOllama
from tests.fakes.openai_server import FakeOpenAI, Reply

from weft import providers
from weft.model import from_json
from weft.model.errors import StepFailed
from weft.providers.provider import Account
from weft.providers.registry import SERVED, client
from weft.workspace import Workspace

SCHEMA = {
    "type": "object",
    "properties": {"city": {"type": "string"}},
    "required": ["city"],
    "additionalProperties": False,
}
ALL = {"temperature": 0.5, "top_p": 0.9, "max_tokens": 50, "stop": "END"}
PNG = base64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg=="
)


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    (tmp_path / "flows").mkdir()
    (tmp_path / "files").mkdir()
    return tmp_path


async def run(home: Path, **params: Any) -> tuple[Any, list[dict[str, Any]]]:
    """The result of one prompt, and the calls its step made."""
    workspace = Workspace.open(home)
    options = {"retries": 0}
    node = {"component": "prompt", "params": {"prompt": "Where?", **params}, "options": options}
    try:
        runs = workspace.runs()
        run_id = await runs.start(from_json({"format": 1, "nodes": {"a": node}}), {})
        result = await runs.result(run_id)
        events = await runs.events(run_id)
        calls = [call for event in events for call in event.data.get("calls", ())]
        return result, calls
    finally:
        await workspace.close()


Check = Callable[[dict[str, Any]], object]
SENT: list[tuple[str, type[FakeOpenAI], Check]] = [
    (
        "anthropic:claude-haiku-4-5",
        FakeAnthropic,
        lambda body: (body["temperature"], body["max_tokens"], body["stop_sequences"], body["output_config"]["format"]["schema"]),
    ),
    (
        "ollama:m",
        FakeOllama,
        lambda body: (body["options"]["temperature"], body["options"]["num_predict"], body["options"]["stop"], body["format"]),
    ),
    (
        "mistral:m",
        FakeMistral,
        lambda body: (body["temperature"], body["max_tokens"], body["stop"], body["response_format"]["json_schema"]["schema"]),
    ),
    (
        "google:m",
        FakeGoogle,
        lambda body: (
            body["generationConfig"]["temperature"],
            body["generationConfig"]["maxOutputTokens"],
            body["generationConfig"]["stopSequences"],
            body["generationConfig"]["responseJsonSchema"],
        ),
    ),
]  # fmt: skip


@pytest.mark.parametrize(("model", "kind", "sent"), SENT)
async def test_settings_and_schema_are_sent_in_the_providers_own_words(
    model: str, kind: type[FakeOpenAI], sent: Check, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with kind() as fake:
        for name, value in fake.env.items():
            monkeypatch.setenv(name, value)
        fake.default = Reply('{"city": "Bern"}')
        result, _ = await run(home, model=model, output=SCHEMA, settings=ALL)
    assert result.status == "succeeded", result.error
    assert result.values["a"]["data"] == {"city": "Bern"}
    assert sent(fake.requests[0].body) == (0.5, 50, ["END"], SCHEMA)


def account(provider: str, model: str) -> Account:
    return Account(SERVED[provider], model, SERVED[provider].official, "a-key-for-tests")


def test_openai_itself_is_given_the_schema_and_so_is_a_server_like_it() -> None:
    form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": SCHEMA, "strict": False}}
    official = client(SERVED["openai"]).build(account("openai", "gpt-4.1-mini")).model
    assert providers.call_options(official, schema=SCHEMA, settings={"reasoning": "low"}) == {
        "reasoning_effort": "low",
        "response_format": form,
    }
    like = client(SERVED["vllm"]).build(account("vllm", "m")).model
    assert providers.call_options(like, schema=SCHEMA, settings={"seed": 7}) == {
        "seed": 7,
        "response_format": form,
    }


@pytest.mark.parametrize(
    ("model", "settings", "said"),
    [
        ("demo", {"temprature": 1}, "There is no setting 'temprature'"),
        ("demo", {"temperature": 3}, "can't be '3'"),
        ("demo", {"max_tokens": True}, "can't be 'True'"),
        ("demo", {"stop": []}, "can't be '[]'"),
        ("demo", {"reasoning": "deeply"}, "can't be 'deeply'"),
        ("anthropic:claude-haiku-4-5", {"seed": 1}, "Anthropic has no setting 'seed'"),
        ("anthropic:claude-sonnet-5-5", {"temperature": 1}, "takes no 'temperature'"),
        ("mistral:m", {"reasoning": "low"}, "Mistral has no setting 'reasoning'"),
    ],
)
async def test_a_setting_that_is_none_is_refused_before_anything_is_sent(
    model: str, settings: dict[str, Any], said: str, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("ANTHROPIC_API_KEY", "MISTRAL_API_KEY"):
        monkeypatch.setenv(name, "a-key-for-tests")
    result, calls = await run(home, model=model, settings=settings)
    assert result.error is not None
    assert result.error["code"] == "bad-setting"
    assert said in result.error["message"]
    assert calls == []


async def test_an_image_is_shown_to_the_model_and_recorded_by_its_digest(
    home: Path, fake_openai: FakeOpenAI
) -> None:
    (home / "files" / "dot.png").write_bytes(PNG)
    result, calls = await run(home, model="openai:m", file={"$file": "dot.png"})
    assert result.status == "succeeded", result.error
    text, image = fake_openai.requests[0].messages[-1]["content"]
    assert text["text"] == "Where?"
    assert image["image_url"]["url"] == f"data:image/png;base64,{base64.b64encode(PNG).decode()}"
    recorded = calls[0]["messages"][-1]["content"][1]["image_url"]["url"]
    assert (recorded["mime_type"], recorded["bytes"]) == ("image/png", len(PNG))
    assert base64.b64encode(PNG).decode() not in str(calls)
    assert result.values["a"]["messages"][0] == {"role": "user", "content": "Where?"}


def test_what_a_file_is_its_bytes_say_and_all_together_are_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "notes.png").write_text("Buy milk.")
    (tmp_path / "paper.txt").write_bytes(b"%PDF-1.7 ...")
    notes, paper = providers.attached([tmp_path / "notes.png", tmp_path / "paper.txt"])
    assert notes == {"type": "text", "text": "File notes.png:\n\nBuy milk."}
    assert (paper["type"], paper["mime_type"], paper["filename"]) == ("file", "application/pdf", "paper.txt")
    monkeypatch.setattr("weft.providers.attachments.LARGEST", 10)
    with pytest.raises(StepFailed, match="more than a prompt takes"):
        providers.attached([tmp_path / "notes.png"] * 3)


async def test_an_image_reaches_each_provider(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (home / "files" / "dot.png").write_bytes(PNG)
    encoded = base64.b64encode(PNG).decode()
    for model, kind, _ in SENT:
        with kind() as fake:
            for name, value in fake.env.items():
                monkeypatch.setenv(name, value)
            result, _ = await run(home, model=model, file={"$file": "dot.png"})
        assert result.status == "succeeded", (model, result.error)
        assert encoded in str(fake.requests[0].body).replace("-", "+").replace("_", "/"), model


@pytest.mark.parametrize(
    ("name", "data", "code"),
    [
        (".secret.txt", b"x", "file-outside"),
        ("missing.png", None, "no-file"),
        ("rubbish.bin", b"\x00\xff\xfe\x80", "unknown-file"),
        ("huge.txt", b"x" * 10_000_001, "too-large"),
    ],
)
async def test_a_file_that_can_not_be_shown_is_named(
    name: str, data: bytes | None, code: str, home: Path
) -> None:
    if data is not None:
        (home / "files" / name).write_bytes(data)
    result, calls = await run(home, model="demo", file={"$file": name})
    assert result.error is not None
    assert result.error["code"] == code
    assert calls == []


@pytest.mark.parametrize(
    ("reply", "answered"),
    [
        (Reply.status(503, "down"), "openai:second"),
        (Reply.status(429, "slow"), "openai:second"),
        (Reply.status(401), "openai:second"),
        (Reply.status(404), "openai:second"),
        (Reply.status(400, "maximum context length is 10 tokens"), "openai:second"),
        (Reply(leave=True), "openai:second"),
        (Reply.status(400), "bad-request"),
        (Reply("half", finish="length"), "truncated"),
        (Reply("half", finish="content_filter"), "content-filter"),
        (Reply("one two three", cut_after=2), "connection-lost"),
    ],
)
async def test_the_next_model_answers_where_that_helps(
    reply: Reply, answered: str, home: Path, fake_openai: FakeOpenAI
) -> None:
    fake_openai.will(reply)
    result, calls = await run(home, model="openai:first | openai:second")
    if answered.startswith("openai"):
        assert result.status == "succeeded", result.error
        assert [call["model"] for call in calls] == ["openai:first", answered]
        assert "error" in calls[0]
        assert "error" not in calls[1]
    else:
        assert result.error is not None
        assert (result.error["code"], len(calls)) == (answered, 1)


async def test_one_that_can_not_even_be_asked_is_recorded_and_passed_over(
    home: Path, fake_openai: FakeOpenAI
) -> None:
    result, calls = await run(home, model="anthropic:claude-haiku-4-5 | openai:m", settings={"max_tokens": 9})
    assert result.status == "succeeded", result.error
    assert [(call["model"], call.get("error", {}).get("code")) for call in calls] == [
        ("anthropic:claude-haiku-4-5", "no-key"),
        ("openai:m", None),
    ]
    assert fake_openai.requests[0].body["max_completion_tokens"] == 9


async def test_when_none_can_be_had_the_last_says_why(home: Path, fake_openai: FakeOpenAI) -> None:
    fake_openai.default = Reply.status(503, "down")
    result, calls = await run(home, model="anthropic | openai:m | openai:n")
    assert result.error is not None
    assert (result.error["code"], len(calls)) == ("server-error", 3)


async def test_a_length_stop_fails_an_answer_that_must_be_json(home: Path, fake_openai: FakeOpenAI) -> None:
    fake_openai.will(Reply('{"city": "Bern"}', finish="length"))
    result, _ = await run(home, model="openai:m", output="json")
    assert result.error is not None
    assert result.error["code"] == "truncated"


async def test_reasoning_is_recorded_beside_the_answer(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with FakeAnthropic() as fake:
        for name, value in fake.env.items():
            monkeypatch.setenv(name, value)
        fake.default = Reply("Bern.", reasoning="A capital, surely.")
        result, calls = await run(home, model="anthropic:claude-opus-4-6", settings={"reasoning": "low"})
    assert result.status == "succeeded", result.error
    assert (result.values["a"]["text"], calls[0]["reasoning"]) == ("Bern.", "A capital, surely.")
    assert fake.requests[0].body["output_config"] == {"effort": "low"}


def test_no_failure_that_is_no_trouble_of_the_model_falls_over() -> None:
    from weft.providers.fallback import falls_over

    assert not falls_over(ValueError("a component's own"))
    assert not falls_over(StepFailed("spent", code="budget-exceeded"))

"""What a flow names, made live: a secret from the environment, a file inside `files`, a flow, a model by precedence."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from weft.model import Flow, NotFound, StepFailed
from weft.workspace import Workspace
from weft.workspace.resolving.resolve import Resolver, inside


def scope(model: str | None = None, default: str | None = None) -> Any:
    return SimpleNamespace(
        model=model, flow_defaults=SimpleNamespace(model=default), record_call=lambda call: None
    )


def test_a_secret_comes_from_the_environment(tmp_path: Path):
    home = Workspace(tmp_path, env={"WEFT_SECRET_API_KEY": "s3cret"})
    assert home.secret("API_KEY") == "s3cret"
    live = Resolver(home).secret("API_KEY", scope())
    assert live.reveal() == "s3cret"
    assert "s3cret" not in repr(live)


def test_a_secret_that_isn_t_there_says_what_to_set(home: Workspace):
    with pytest.raises(NotFound) as missing:
        home.secret("API_KEY")
    assert missing.value.message == "There is no secret 'API_KEY' here."
    assert "weft secrets set API_KEY" in missing.value.hint
    assert "export WEFT_SECRET_API_KEY=..." in missing.value.hint


def test_a_secret_typed_in_as_a_name_is_not_shown(home: Workspace):
    with pytest.raises(StepFailed) as refused:
        Resolver(home).secret("sk-live-51H8x", scope())
    assert "sk-live" not in str(refused.value)
    assert refused.value.retryable is False


@pytest.mark.parametrize("text", ["notes.txt", "files/notes.txt", "a/b.txt", "./notes.txt"])
def test_a_file_lies_inside_files(tmp_path: Path, text: str):
    assert inside(tmp_path / "files", text) == tmp_path / "files" / text.removeprefix("files/").removeprefix(
        "./"
    )


@pytest.mark.parametrize(
    "text",
    [
        "",
        "files",
        "/etc/passwd",
        "../x",
        "a/../../x",
        ".env",
        "a/.git/config",
        "C:\\x",
        "a\\..\\x",
        "x\x00",
        "link/x",
        "loop",
    ],
)
def test_a_file_anywhere_else_is_refused(tmp_path: Path, text: str):
    files = tmp_path / "files"
    files.mkdir()
    (tmp_path / "outside").mkdir()
    (files / "link").symlink_to(tmp_path / "outside")
    (files / "loop").symlink_to("/etc/hostname")
    with pytest.raises(StepFailed) as refused:
        inside(files, text)
    assert refused.value.code == "file-outside"


def test_a_flow_is_named_by_slug_or_written_inline(home: Workspace, flow_file):
    flow_file("sub", name="Sub")
    resolve = Resolver(home).flow
    assert resolve("sub", scope()) == Flow(name="Sub")
    assert resolve({"format": 1, "name": "Inline"}, scope()) == Flow(name="Inline")
    assert resolve(None, scope()) is None
    with pytest.raises(StepFailed, match="There is no flow 'nope'"):
        resolve("nope", scope())


def test_a_flow_named_by_a_path_stays_inside_the_workspace(home: Workspace, tmp_path_factory):
    outside = tmp_path_factory.mktemp("outside") / "x.json"
    outside.write_text('{"format": 1}')
    for name in (str(outside), "../x.json", "/etc/passwd"):
        with pytest.raises(StepFailed):
            Resolver(home).flow(name, scope())


@pytest.mark.parametrize(
    ("own", "run", "default", "setting", "env", "chosen"),
    [
        ("demo", "openai:run", "openai:flow", "openai:set", {"OPENAI_API_KEY": "k"}, "demo"),
        (None, "demo", "openai:flow", "openai:set", {"OPENAI_API_KEY": "k"}, "demo"),
        (None, None, "demo", "openai:set", {"OPENAI_API_KEY": "k"}, "demo"),
        (None, None, None, "demo", {"OPENAI_API_KEY": "k"}, "demo"),
        (None, None, None, None, {}, "demo"),
    ],
)
async def test_the_nearest_choice_of_a_model_wins(
    tmp_path: Path, own, run, default, setting, env, chosen: str
):
    if setting:
        (tmp_path / "weft.toml").write_text(f'model = "{setting}"\n')
    resolver = Resolver(Workspace(tmp_path, env=env))
    model = await resolver.model(own, scope(run, default))
    assert type(model).__name__ == "DemoModel"
    await resolver.close()


@pytest.mark.parametrize(
    ("setting", "env", "default"),
    [
        (None, {}, "demo"),
        (None, {"OPENAI_API_KEY": "k"}, "openai:gpt-4.1-mini"),
        (None, {"WEFT_SECRET_OPENAI_API_KEY": "k"}, "openai:gpt-4.1-mini"),
        ("openai:mine", {}, "openai:mine"),
    ],
)
def test_the_workspace_s_model(tmp_path: Path, setting, env, default: str):
    if setting:
        (tmp_path / "weft.toml").write_text(f'model = "{setting}"\n')
    assert Workspace(tmp_path, env=env).default_model == default


@pytest.mark.parametrize("own", [True, False])
async def test_a_table_of_answers_that_a_flow_names_lies_inside_files(tmp_path: Path, own: bool):
    (tmp_path / "files").mkdir()
    (tmp_path / "files" / "answers.json").write_text('["from files"]', "utf-8")
    (tmp_path / "elsewhere.json").write_text('["from elsewhere"]', "utf-8")
    resolver = Resolver(Workspace(tmp_path, env={}))

    async def ask(name: str) -> str:
        model = await resolver.model(name if own else None, scope(default=None if own else name))
        return str((await model.ainvoke("?")).content)

    assert await ask("scripted:answers.json") == "from files"
    with pytest.raises(StepFailed, match=r"'files/none\.json' can't be used: there is no such file"):
        await ask("scripted:none.json")
    for name in ("scripted:../elsewhere.json", f"scripted:{tmp_path / 'elsewhere.json'}"):
        with pytest.raises(StepFailed) as refused:
            await ask(name)
        assert refused.value.code == "file-outside"
    chosen = await resolver.model(None, scope(model=f"scripted:{tmp_path / 'elsewhere.json'}"))
    assert (await chosen.ainvoke("?")).content == "from elsewhere"
    await resolver.close()

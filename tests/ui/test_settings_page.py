"""The page of settings without a browser: what is typed is in the file, the store, the list of tokens."""

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from nicegui.testing import User

from weft.model.errors import WeftError
from weft.ui.elements import Field
from weft.ui.menu import Menu
from weft.ui.secret_field import SecretField
from weft.ui.settings.secrets import origins_of
from weft.workspace import Workspace


def put(user: User, name: str, value: Any) -> None:
    user.find(kind=Field, marker=name).trigger("change", {"value": value, "seq": 1})


async def test_a_limit_is_written_and_what_changed_meanwhile_is_asked_about(
    user: User, home: Workspace
) -> None:
    file = home.root / "weft.toml"
    file.write_text("# ours\nparallel = 4\n")
    await user.open("/settings")
    put(user, "set/budget.max_cost", "$2.50")
    await user.should_see("Steps at once")
    put(user, "set/model", "nope:x")
    await user.should_see("There is no model provider 'nope'.")
    put(user, "set/limits.steps", "many")
    await user.should_see("'many' is no whole number.")
    put(user, "set/parallel", "0")
    await user.should_see("It must be at least 1.", retries=20)
    assert file.read_text() == "# ours\nparallel = 4\n\n[budget]\nmax_cost = 2.5\n"
    assert home.settings.budget.max_cost == 2.5
    file.write_text("# theirs\nparallel = 7\n")
    put(user, "set/parallel", "9")
    await user.should_see("was changed meanwhile by somebody else", retries=20)
    assert file.read_text() == "# theirs\nparallel = 7\n"
    put(user, "set/parallel", "")
    await user.should_see(kind=Field, marker="set/parallel", retries=3)


async def test_a_provider_is_edited_and_its_comments_stay(user: User, home: Workspace) -> None:
    file = home.root / "weft.toml"
    file.write_text('[providers.openai]\ntimeout = 30  # ours\n\n[mcp.web]\nurl = "http://127.0.0.1:9/mcp"\n')
    await user.open("/settings")
    user.find(marker="edit-openai").click()
    await user.should_see("What the provider's name alone means.", retries=20)
    for name, value in (("base_url", "nowhere"), ("timeout", "0"), ("headers", "X-Team")):
        put(user, f"provider/{name}", value)
    user.find(marker="save-provider").click()
    await user.should_see("'nowhere' is no address of a server.")
    await user.should_see("'X-Team' is no header.")
    put(user, "provider/base_url", "http://127.0.0.1:9/v1")
    put(user, "provider/headers", "X-Team: TEAM_KEY")
    user.find(marker="save-provider").click()
    await user.should_see("It must be more than 0.", retries=20)
    put(user, "provider/timeout", "20")
    file.write_text(f"# theirs\n{file.read_text()}")
    user.find(marker="save-provider").click()
    await user.should_see("Save again to write this into what it says now.", retries=20)
    user.find(marker="save-provider").click()
    await user.should_see("To set it up: weft secrets bind TEAM_KEY http://127.0.0.1:9", retries=30)
    assert file.read_text() == (
        '# theirs\n[providers.openai]\ntimeout = 20  # ours\nbase_url = "http://127.0.0.1:9/v1"\n\n'
        '[providers.openai.headers]\nX-Team = "TEAM_KEY"\n\n[mcp.web]\nurl = "http://127.0.0.1:9/mcp"\n'
    )
    assert home.settings.providers["openai"].headers == {"X-Team": "TEAM_KEY"}
    await user.open("/settings")
    user.find(marker="edit-openai").click()
    await user.should_see("What the provider's name alone means.", retries=20)
    put(user, "provider/headers", "")
    user.find(marker="save-provider").click()
    await user.should_see(marker="test-openai", retries=30)  # it lacks nothing now
    assert "X-Team" not in file.read_text()


async def test_a_file_that_can_not_be_read_says_where(user: User, home: Workspace) -> None:
    (home.root / "weft.toml").write_text("parallel = 4\nnonsense = 3\n")
    response = await user.http_client.get("/settings")
    assert "weft.toml:2" in response.text


async def test_a_secret_is_kept_bound_and_forgotten_and_never_shown(user: User, home: Workspace) -> None:
    await user.open("/settings")
    await user.should_see("Nothing is kept secret here yet.")
    user.find(marker="new-secret").click()
    put(user, "secret-name", "SOME_KEY")
    put(user, "secret-whom", "nowhere")
    user.find(kind=SecretField).trigger("value", {"value": "canary-1234567"})
    await user.should_see("'nowhere' is no address of a server.")
    put(user, "secret-whom", "https://api.example.com/v1")
    user.find(kind=SecretField).trigger("value", {"value": "canary-1234567"})
    await user.should_see("for https://api.example.com", retries=30)
    await user.should_not_see("canary-1234567")
    assert home.secrets.find("SOME_KEY") == "canary-1234567"
    user.find(kind=Menu, marker="menu-SOME_KEY").trigger("choose", {"id": "remove"})
    await user.should_see("Forget SOME_KEY?")
    user.find(marker="answer-remove").click()
    await user.should_see("Nothing is kept secret here yet.", retries=30)


async def test_a_model_is_tested_by_one_call(user: User) -> None:
    await user.open("/settings")
    await user.should_see("To set it up: weft secrets set OPENAI_API_KEY")
    user.find(marker="test-demo").click()
    await user.should_see("demo said “", retries=50)


async def test_a_look_at_the_workspace_says_what_it_found(user: User, home: Workspace) -> None:
    (home.root / "flows" / "broken.json").write_text("{")
    await user.open("/settings")
    user.find(marker="examine").click()
    await user.should_see("1 thing needs your attention.", retries=50)
    await user.should_see("broken.json:1:1")


async def test_without_a_door_there_are_no_tokens(user: User) -> None:
    await user.open("/settings")
    await user.should_see("This server gives no tokens.")


@pytest.mark.parametrize("text", ["example.com", "file:///etc/passwd", "javascript:alert(1)", "https://"])
def test_what_is_no_server_is_refused(text: str) -> None:
    with pytest.raises(WeftError):
        origins_of(text)


async def test_a_server_of_tools_stands_there_in_words_and_is_asked_for_them(
    user: User, home: Workspace
) -> None:
    await user.open("/settings")
    await user.should_see("weft.toml names none yet.")
    server = Path(__file__).parents[1] / "fakes" / "mcp_server.py"
    (home.root / "weft.toml").write_text(
        f"[mcp.sums]\ncommand = {json.dumps(sys.executable)}\nargs = {json.dumps([str(server), 'stdio'])}\n"
        '[mcp.gone]\ncommand = "no-such-program"\n'
    )
    await user.open("/settings")
    await user.should_see("It was never asked for its tools.")
    user.find(marker="refresh-gone").click()
    await user.should_see("there is no program 'no-such-program'", retries=50)
    user.find(marker="refresh-sums").click()
    await user.should_see("9 tools, listed just now.", retries=200)
    await user.should_see("add, Find-City, environment")
    assert home.catalog.get("sums__add") is not None
    await home.mcp.close()

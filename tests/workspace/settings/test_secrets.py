"""Secrets: where they are kept, who may read the file, whom they may be sent to."""

import base64
import json
import os
import stat
from pathlib import Path
from typing import Any

import keyring
import pytest
from keyring.backends import fail, null
from typer.testing import CliRunner

from weft import WeftError
from weft.catalog import Secret
from weft.cli.app import app
from weft.providers import redaction
from weft.workspace import Workspace
from weft.workspace.settings import secret_store
from weft.workspace.settings.secret_box import FILE, key_file
from weft.workspace.settings.secret_store import Secrets
from weft.workspace.settings.secret_store import keyring as real_keyring

VALUE = "a-value-nobody-may-see"


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name, value in (
        ("_known", set[str]()),
        ("_begins", frozenset[str]()),
        ("_longest", 0),
        ("_pattern", None),
    ):
        monkeypatch.setattr(redaction, name, value)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(secret_store, "keyring", lambda: None)
    (tmp_path / "ws" / "flows").mkdir(parents=True)
    return tmp_path / "ws"


def secrets(home: Path, **env: str) -> Secrets:
    return Secrets(home, {"XDG_DATA_HOME": str(home.parent / "home"), **env})


def refused(act: Any, *given: Any) -> WeftError:
    with pytest.raises(WeftError) as caught:
        act(*given)
    assert VALUE not in str(caught.value) + caught.value.hint
    return caught.value


def test_a_secret_is_sealed_in_a_file_for_its_owner_alone(home: Path) -> None:
    kept = secrets(home)
    kept.set("API_KEY", VALUE)
    assert kept.value("API_KEY") == secrets(home).value("API_KEY") == VALUE
    file = home / ".weft" / FILE
    for path in (file, key_file({"XDG_DATA_HOME": str(home.parent / "home")})):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
    everything = b"".join(path.read_bytes() for path in home.parent.rglob("*") if path.is_file())
    assert VALUE.encode() not in everything
    assert base64.b64encode(VALUE.encode())[:20] not in everything


def test_the_file_alone_says_nothing_and_a_box_can_not_be_moved(home: Path) -> None:
    kept = secrets(home)
    kept.set("API_KEY", VALUE)
    kept.set("OTHER", "another-value")
    other = base64.b64encode(os.urandom(32)).decode()
    assert refused(secrets(home, WEFT_SECRETS_KEY=other).value, "API_KEY").code == "sealed"
    assert refused(secrets(home, WEFT_SECRETS_KEY="short").value, "API_KEY").code == "bad-secrets-key"
    assert refused(Secrets(home, {"XDG_DATA_HOME": "/nowhere"}).value, "API_KEY").code == "sealed"
    file = home / ".weft" / FILE
    held = json.loads(file.read_text())
    held["secrets"]["OTHER"] |= {key: held["secrets"]["API_KEY"][key] for key in ("box", "nonce")}
    file.write_text(json.dumps(held))
    assert refused(secrets(home).value, "OTHER").code == "sealed"
    file.write_text("{")
    assert refused(secrets(home).value, "OTHER").code == "bad-secrets"


def test_a_key_of_the_environment_opens_it_headless(home: Path) -> None:
    key = {"WEFT_SECRETS_KEY": base64.b64encode(b"k" * 32).decode()}
    secrets(home, **key).set("API_KEY", VALUE)
    assert secrets(home, **key).value("API_KEY") == VALUE
    assert not (home.parent / "home").exists()


class Ring:
    """A keyring that is real enough."""

    def __init__(self) -> None:
        self.held: dict[tuple[str, str], str] = {}

    def set_password(self, service: str, name: str, value: str) -> None:
        self.held[service, name] = value

    def get_password(self, service: str, name: str) -> str | None:
        return self.held.get((service, name))

    def delete_password(self, service: str, name: str) -> None:
        del self.held[service, name]


def test_a_real_keyring_goes_before_the_file_and_the_environment_before_both(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ring = Ring()
    monkeypatch.setattr(secret_store, "keyring", lambda: ring)
    kept = secrets(home)
    assert kept.set("API_KEY", VALUE).where == "keyring"
    assert list(ring.held.values()) == [VALUE]
    assert secrets(home).value("API_KEY") == VALUE
    assert secrets(home, WEFT_SECRET_API_KEY="of-the-environment").value("API_KEY") == "of-the-environment"
    assert kept.set("API_KEY", "moved-to-the-file", file=True).where == "file"
    assert ring.held == {}
    kept.set("API_KEY", VALUE)
    kept.remove("API_KEY")
    assert ring.held == {}
    assert refused(kept.value, "API_KEY").code == "no-secret"


def test_where_there_is_no_real_keyring_none_is_used() -> None:
    before = keyring.get_keyring()
    try:
        for none in (fail.Keyring(), null.Keyring()):
            keyring.set_keyring(none)
            assert real_keyring() is None
    finally:
        keyring.set_keyring(before)


def test_a_secret_goes_to_its_own_servers_and_to_no_others(home: Path) -> None:
    kept = secrets(home)
    kept.set("API_KEY", VALUE, ("https://api.example.com",))
    kept.allow("API_KEY", "https://api.example.com/v1/things?q=1")
    kept.allow("API_KEY", "https://API.example.com:443/")
    for elsewhere in (
        "http://api.example.com/",
        "https://api.example.com:8443/",
        "https://api.example.com.evil.example/",
        "https://api.example.com@evil.example/",
        "https://evil.example/?https://api.example.com",
        "//api.example.com",
        "",
        "file:///etc/passwd",
    ):
        failure = refused(kept.allow, "API_KEY", elsewhere)
        assert failure.code == "secret-elsewhere"
        assert "weft secrets bind API_KEY" in failure.hint
    kept.bind("API_KEY", ("https://other.example",))
    kept.allow("API_KEY", "https://other.example/x")
    kept.allow("API_KEY", "https://api.example.com/x")
    kept.bind("API_KEY", ("https://other.example",), only=True)
    assert refused(kept.allow, "API_KEY", "https://api.example.com/x").code == "secret-elsewhere"
    kept.set("API_KEY", "a-newer-value")
    assert kept.listed()[0].origins == ("https://other.example",)


def test_one_without_a_server_belongs_to_the_first_it_is_used_for(home: Path) -> None:
    kept = secrets(home, WEFT_SECRET_API_KEY=VALUE)
    kept.allow("API_KEY", "https://first.example/x")
    assert refused(secrets(home, WEFT_SECRET_API_KEY=VALUE).allow, "API_KEY", "https://second.example").code
    (listed,) = kept.listed()
    assert (listed.where, listed.origins) == ("environment", ("https://first.example",))


def test_a_component_is_refused_before_it_has_the_value(home: Path) -> None:
    kept = secrets(home, WEFT_SECRET_API_KEY=VALUE)
    secret = Secret("API_KEY", VALUE, lambda address: kept.allow("API_KEY", address))
    assert secret.reveal("https://first.example/a") == VALUE
    assert refused(secret.reveal, "https://second.example").code == "secret-elsewhere"


def test_a_models_key_is_for_the_server_it_was_kept_for(home: Path) -> None:
    kept = secrets(home)
    kept.set("OPENAI_API_KEY", VALUE, ("https://api.openai.com",))
    assert kept.key("OPENAI_API_KEY", "https://api.openai.com") == VALUE
    assert refused(kept.key, "OPENAI_API_KEY", "http://127.0.0.1:9").code == "secret-elsewhere"
    assert Workspace.open(home).default_model == "openai:gpt-4.1-mini"
    usual = secrets(home, OPENAI_API_KEY="usual")
    assert usual.key("OPENAI_API_KEY", "http://127.0.0.1:9") == "usual"


def weft(home: Path, *args: str, stdin: str = "") -> tuple[int, str]:
    result = CliRunner().invoke(app, [*args, "-w", str(home)], prog_name="weft", input=stdin)
    return result.exit_code, result.stdout + result.stderr


def test_the_commands_never_show_a_value(home: Path) -> None:
    told = [
        weft(home, "secrets", "set", "API_KEY", "--for", "https://api.example.com/path", stdin=VALUE + "\n"),
        weft(home, "secrets", "list"),
        weft(home, "secrets", "list", "--json"),
        weft(home, "secrets", "bind", "API_KEY", "https://two.example"),
        weft(home, "secrets", "rotate", "API_KEY", stdin=VALUE + "-2\n"),
        weft(home, "secrets"),
    ]
    assert [code for code, _ in told] == [0] * 6
    assert VALUE not in "".join(text for _, text in told)
    assert "https://api.example.com https://two.example" in told[-1][1]
    assert secrets(home).value("API_KEY") == VALUE + "-2"
    assert weft(home, "secrets", "remove", "API_KEY")[0] == 0
    assert "Nothing is kept secret" in weft(home, "secrets")[1]


@pytest.mark.parametrize(
    ("args", "stdin", "said"),
    [
        (("set", "sk-pasted-by-mistake"), VALUE, "can't be a name"),
        (("set", "API_KEY"), "", "A secret is a text"),
        (("set", "API_KEY", "--for", "nonsense"), VALUE, "no address of a server"),
        (("bind", "MISSING", "https://a.example"), "", "There is no secret 'MISSING'"),
        (("rotate", "MISSING"), VALUE, "no secret 'MISSING' to rotate"),
        (("remove", "MISSING"), "", "No secret 'MISSING' is kept"),
    ],
)
def test_what_can_not_be_is_a_sentence(home: Path, args: tuple[str, ...], stdin: str, said: str) -> None:
    code, text = weft(home, "secrets", *args, stdin=stdin)
    assert code != 0
    assert said in text
    assert "sk-pasted" not in text

"""Codes, sessions and tokens: good once, good for a while, good for what they say."""

import json
import os
import stat
import threading
from pathlib import Path

import pytest

from weft.model.errors import NotFound, WeftError
from weft.server.auth import CODE_SECONDS, SCOPES, SESSION_SECONDS, Attempts, Auth, TooManyAttempts
from weft.server.records import Records, digest


class Clock:
    """Seconds that pass when told to."""

    now = 1_000_000.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def auth(tmp_path: Path, clock: Clock) -> Auth:
    return Auth(tmp_path / "door", port=8700, clock=clock)


def enter(auth: Auth, code: str | None = None) -> str:
    session = auth.exchange(code or auth.new_code(), peer="test")
    assert session is not None
    return session


def test_a_code_opens_one_session_with_every_scope(auth: Auth) -> None:
    code = auth.new_code()
    principal = auth.session(enter(auth, code))
    assert principal is not None
    assert (principal.kind, principal.scopes) == ("session", SCOPES)
    assert auth.exchange(code, peer="test") is None


def test_of_many_who_use_a_code_at_once_one_gets_in(auth: Auth) -> None:
    code, got = auth.new_code(), []
    start = threading.Barrier(8)

    def use(peer: str) -> None:
        start.wait()
        got.append(auth.exchange(code, peer=peer))

    threads = [threading.Thread(target=use, args=(str(i),)) for i in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len([session for session in got if session]) == 1


def test_codes_and_sessions_run_out(auth: Auth, clock: Clock) -> None:
    late, in_time = auth.new_code(), auth.new_code()
    clock.now += CODE_SECONDS - 1
    session = enter(auth, in_time)
    clock.now += 1
    assert auth.exchange(late, peer="test") is None
    clock.now += SESSION_SECONDS - 2
    assert auth.session(session) is not None
    clock.now += 1
    assert auth.session(session) is None


def test_a_restart_keeps_sessions_and_codes(auth: Auth, tmp_path: Path, clock: Clock) -> None:
    session, code = enter(auth), auth.new_code()
    again = Auth(tmp_path / "door", port=8700, clock=clock)
    assert again.session(session) == auth.session(session)
    assert again.exchange(code, peer="test") is not None


def test_codes_and_sessions_are_good_on_their_own_port_only(auth: Auth, tmp_path: Path, clock: Clock) -> None:
    other = Auth(tmp_path / "door", port=8701, clock=clock)
    assert other.cookie != auth.cookie
    assert other.session(enter(auth)) is None
    code = auth.new_code()
    assert other.exchange(code, peer="test") is None
    assert auth.exchange(code, peer="test") is not None


def test_a_logout_is_final(auth: Auth) -> None:
    session = enter(auth)
    principal = auth.session(session)
    assert principal is not None
    assert auth.still_good(principal)
    auth.end(principal)
    assert auth.session(session) is None
    assert not auth.still_good(principal)


@pytest.mark.parametrize(
    "guess", ["", "x", "../sessions", "a" * 100_000, "\x00", "\ud800", digest("x"), "e3b0c442" * 8]
)
def test_guesses_open_nothing(auth: Auth, guess: str) -> None:
    assert auth.exchange(guess, peer="test") is None
    assert auth.session(guess) is None
    assert auth.bearer(guess) is None


def test_a_record_is_not_its_own_key(auth: Auth, tmp_path: Path) -> None:
    """Whoever reads the folder can't come in with what is written there."""
    enter(auth)
    (path,) = (tmp_path / "door" / "sessions").iterdir()
    assert auth.session(path.name) is None


def test_tokens_have_the_scopes_they_were_given(auth: Auth, clock: Clock) -> None:
    token = auth.new_token("ci", ["run", "read"], days=1)
    principal = auth.bearer(token)
    assert principal is not None
    assert (principal.kind, principal.name, principal.scopes) == ("token", "ci", {"read", "run"})
    (listed,) = auth.tokens()
    assert (listed["name"], listed["scopes"]) == ("ci", ["read", "run"])
    assert token not in json.dumps(listed)
    clock.now += 24 * 3600
    assert auth.bearer(token) is None
    assert auth.tokens() == []


def test_a_revoked_token_is_over(auth: Auth) -> None:
    token = auth.new_token("ci", SCOPES)
    principal = auth.bearer(token)
    assert principal is not None
    auth.revoke_token(auth.tokens()[0]["id"])
    assert auth.bearer(token) is None
    assert not auth.still_good(principal)
    with pytest.raises(NotFound, match="There is no token"):
        auth.revoke_token("unknown")


def test_the_environments_token_works_and_must_be_long(tmp_path: Path) -> None:
    own = "x" * 32
    auth = Auth(tmp_path, port=1, environment_token=own)
    principal = auth.bearer(own)
    assert principal is not None
    assert principal.scopes == SCOPES
    assert auth.still_good(principal)
    assert auth.bearer(own + "x") is None
    with pytest.raises(WeftError, match="at least 32"):
        Auth(tmp_path, port=1, environment_token="short")


def test_no_secret_is_on_disk_and_only_the_owner_reads_what_is(auth: Auth, tmp_path: Path) -> None:
    secrets = [auth.new_code(), enter(auth), auth.new_token("ci", SCOPES)]
    door = tmp_path / "door"
    files = [path for path in door.rglob("*") if path.is_file()]
    assert len(files) == 3
    for path in files:
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert not [secret for secret in secrets if secret in path.read_text() or secret in path.name]
    for folder in ("codes", "sessions", "tokens"):
        assert stat.S_IMODE((door / folder).stat().st_mode) == 0o700


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '{"expires": "x"}', "{}", "\x00" * 100])
def test_a_damaged_record_is_none(tmp_path: Path, text: str) -> None:
    records = Records(tmp_path)
    secret = records.new(seconds=60)
    (tmp_path / digest(secret)).write_text(text)
    assert records.get(secret) is None
    assert list(records.items()) == []


def test_expired_records_are_cleared_away(auth: Auth, tmp_path: Path, clock: Clock) -> None:
    for _ in range(5):
        auth.new_code()
    clock.now += CODE_SECONDS
    auth.new_code()
    assert len(os.listdir(tmp_path / "door" / "codes")) == 1


def test_wrong_codes_are_slowed_down_by_address() -> None:
    now = [0.0]
    attempts = Attempts(allowed=3, seconds=60, now=lambda: now[0])
    for _ in range(3):
        attempts.check("a")
        attempts.failed("a")
        now[0] += 10
    with pytest.raises(TooManyAttempts) as refused:
        attempts.check("a")
    assert refused.value.retry_after == 30
    attempts.check("b")
    now[0] += 31
    attempts.check("a")


def test_after_too_many_wrong_codes_a_good_one_waits_too(auth: Auth) -> None:
    for _ in range(10):
        auth.exchange("wrong", peer="a")
    with pytest.raises(TooManyAttempts):
        auth.exchange(auth.new_code(), peer="a")
    assert auth.exchange(auth.new_code(), peer="b") is not None


def test_a_folder_that_cannot_be_made_is_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(WeftError, match="can't be made") as refused:
        Auth(tmp_path / "file", port=1)
    assert refused.value.hint

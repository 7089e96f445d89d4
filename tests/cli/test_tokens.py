"""`weft tokens`: made once, listed without its value, taken back."""

import json
from pathlib import Path
from typing import Any

import pytest

from weft.server.auth import Auth


def test_a_token_is_made_listed_and_revoked(weft: Any, tmp_path: Path) -> None:
    made = weft("tokens", "new", "nightly", "--for", "read", "--for", "run", "-w", str(tmp_path))
    assert made.exit_code == 0, made.stderr
    token = made.stdout.strip()
    auth = Auth(tmp_path / ".weft" / "door", port=1)
    known = auth.bearer(token)
    assert known is not None
    assert (known.name, known.scopes) == ("nightly", frozenset({"read", "run"}))
    listed = json.loads(weft("tokens", "--json", "-w", str(tmp_path)).stdout)
    assert (listed["name"], listed["scopes"], token in str(listed)) == ("nightly", ["read", "run"], False)
    assert weft("tokens", "revoke", listed["id"], "-w", str(tmp_path)).exit_code == 0
    assert auth.bearer(token) is None
    assert "No program has a token" in weft("tokens", "-w", str(tmp_path)).stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("new", "x", "--for", "raed"), "There is no right 'raed'. hint: Did you mean 'read'?"),
        (("new", " ", "--for", "read"), "A token's name has 1 to 80 characters."),
        (("revoke", "nothing"), "There is no token 'nothing'."),
    ],
)
def test_rubbish_is_refused_with_a_sentence(weft: Any, tmp_path: Path, words: Any, said: str) -> None:
    result = weft("tokens", *words, "-w", str(tmp_path))
    assert result.exit_code != 0
    assert said in " ".join(result.stderr.split())

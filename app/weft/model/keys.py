"""What is surely a key of some service, by its shape alone."""

import re
from typing import Final

KEY: Final = re.compile(
    r"(?<![A-Za-z0-9_\-])(?:"
    r"sk-(?:ant-|proj-|or-|svcacct-)?[A-Za-z0-9_\-]{20,}|AIza[0-9A-Za-z_\-]{35}|gh[pousr]_[A-Za-z0-9]{36,}"
    r"|github_pat_[A-Za-z0-9_]{40,}|glpat-[A-Za-z0-9_\-]{20}|AKIA[0-9A-Z]{16}|xox[abprs]-[A-Za-z0-9\-]{20,}"
    r"|gsk_[A-Za-z0-9]{30,}|hf_[A-Za-z0-9]{30,}|xai-[A-Za-z0-9]{40,}|-----BEGIN [A-Z ]*PRIVATE KEY-----"
    r")"
)
_MARKS: Final = (
    ("sk-", "API_KEY"),
    ("AIza", "GOOGLE_API_KEY"),
    *((f"gh{kind}_", "GITHUB_TOKEN") for kind in "pousr"),
    ("github_pat_", "GITHUB_TOKEN"),
    ("glpat-", "GITLAB_TOKEN"),
    ("AKIA", "AWS_ACCESS_KEY_ID"),
    ("xox", "SLACK_TOKEN"),
    ("gsk_", "GROQ_API_KEY"),
    ("hf_", "HF_TOKEN"),
    ("xai-", "XAI_API_KEY"),
    ("-----BEGIN", "PRIVATE_KEY"),
)
_SHORTEST = 20
_SIGNS: Final = (b"gh", *(mark.encode() for mark, _ in _MARKS if not mark.startswith("gh")))
_ANYWHERE: Final = re.compile(KEY.pattern.partition(")")[2].encode())
"""As `KEY`, whatever stands before: in JSON that may be the end of an escape."""


def holds_key(text: str) -> bool:
    """Whether a key is in the text. Quick for a text without one."""
    return len(text) >= _SHORTEST and any(mark in text for mark, _ in _MARKS) and bool(KEY.search(text))


def may_hold_key(json: bytes) -> bool:
    """Whether a key may be in some text of this JSON. Quicker yet, for much at once."""
    return any(sign in json for sign in _SIGNS) and bool(_ANYWHERE.search(json))


def secret_name(text: str) -> str:
    """What a secret with the first key in the text may be called."""
    found = KEY.search(text)
    key = found[0] if found else ""
    if key.startswith("sk-ant-"):
        return "ANTHROPIC_API_KEY"
    if key.startswith("sk-proj-"):
        return "OPENAI_API_KEY"
    return next((name for mark, name in _MARKS if key.startswith(mark)), "API_KEY")

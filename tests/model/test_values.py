"""What a param means, where it isn't itself the value."""

from weft.model import FileRef, SecretRef, unwrap


def test_wrapped_values_are_unwrapped_wherever_they_stand() -> None:
    value = {
        "a": [{"$secret": "KEY"}, {"b": {"$file": "notes/x.md"}}],
        "c": {"$raw": {"$secret": "literal", "d": {"$lines": ["x"]}}},
        "e": {"$lines": ["x", "y"]},
        "f": {"plain": 1},
    }
    assert unwrap(value) == {
        "a": [SecretRef("KEY"), {"b": FileRef("notes/x.md")}],
        "c": {"$secret": "literal", "d": {"$lines": ["x"]}},
        "e": "x\ny",
        "f": {"plain": 1},
    }
    assert unwrap("text") == "text"
    assert repr(SecretRef("KEY")) == "SecretRef(name='KEY')"

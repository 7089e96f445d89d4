"""An instance of a JSON Schema: small, deterministic, pleasant to read, and valid by jsonschema's own word.

The maker guesses by the schema's keywords; at every place where several guesses are possible they are tried in
order, and only what validates is given back. A schema that no guess meets raises NoInstance.
"""

import itertools
from collections.abc import Callable, Iterable, Iterator
from typing import Any, ClassVar, cast

from weft.providers.instance_schema import (
    Schema,
    anchored,
    bounds,
    implied,
    merged,
    middle,
    plus,
    recursive,
    tidy,
)
from weft.providers.instance_text import strings

_DEEP = 5  # levels after which only what is required is filled in
_DEEPEST = 40
_TRIES = 200  # guesses for one place
_LONGEST = 2_000  # items of an array, keys of an object
_BUDGET = 20_000  # guesses for the whole


class NoInstance(Exception):
    """Nothing the maker can think of is valid; the text says at which schema."""


def instance(schema: Any, about: str = "this") -> Any:
    """A value that `schema` accepts; texts in it mention `about`."""
    maker = _Maker(schema, about)
    return maker.first(schema, "answer")


class _Maker:
    def __init__(self, root: Any, about: str) -> None:
        self.root = root
        self.about = about
        self.budget = _BUDGET
        self.valid = _validator(root)

    def first(self, schema: Any, name: str, depth: int = 0) -> Any:
        for guess in itertools.islice(self.guesses(schema, name, depth), _TRIES):
            self.budget -= 1
            if self.budget < 0:
                raise NoInstance("it is too intricate")
            if self.valid(schema, guess):
                return guess
        raise NoInstance(f"no example fits {name!r}")

    def guesses(self, schema: Any, name: str, depth: int) -> Iterator[Any]:
        """Values that may be valid, the likeliest first."""
        if depth > _DEEPEST:
            raise NoInstance(f"{name!r} contains itself without end")
        if isinstance(schema, bool):
            return iter(("anything",) if schema else ())
        flat = self.flatten(cast("Schema", schema))
        if "const" in flat:
            return iter((flat["const"],))
        if "enum" in flat:
            return iter(cast("list[Any]", flat["enum"]))
        for given in ("default", "example"):
            if given in flat:
                return itertools.chain((flat[given],), self._by_shape(flat, name, depth))
        return itertools.chain(flat.get("examples") or (), self._by_shape(flat, name, depth))

    def flatten(self, schema: Schema, depth: int = 0) -> Schema:
        """The schema with `$ref` and `allOf` folded in."""
        if depth > _DEEPEST:
            raise NoInstance("its references go in a circle")
        flat: Schema = {key: value for key, value in schema.items() if key not in ("$ref", "allOf")}
        folded: list[Any] = list(schema.get("allOf") or ())
        if "$ref" in schema:
            folded.insert(0, self.resolve(schema["$ref"]))
        for part in folded:
            if part is False:
                raise NoInstance("a part of it accepts nothing")
            if isinstance(part, dict):
                flat = merged(flat, self.flatten(cast("Schema", part), depth + 1))
        return flat

    def resolve(self, ref: str) -> Any:
        if not ref.startswith("#"):
            raise NoInstance(f"it refers to {ref!r}, outside itself")
        place: Any = self.root
        if ref != "#" and not ref.startswith("#/"):
            if (found := anchored(self.root, ref[1:])) is None:
                raise NoInstance(f"it refers to {ref!r}, which isn't there")
            return found
        for part in ref[2:].split("/") if ref != "#" else ():
            part = part.replace("~1", "/").replace("~0", "~")
            try:
                place = place[int(part) if isinstance(place, list) else part]
            except (KeyError, IndexError, ValueError, TypeError):
                raise NoInstance(f"it refers to {ref!r}, which isn't there") from None
        return place

    def _by_shape(self, schema: Schema, name: str, depth: int) -> Iterator[Any]:
        for choice in ("oneOf", "anyOf"):
            if choice in schema:
                rest = {key: value for key, value in schema.items() if key != choice}
                yield from self._alternatives(schema[choice], rest, name, depth)
                return
        if "if" in schema:
            rest = {key: value for key, value in schema.items() if key not in ("if", "then", "else")}
            then: Schema = {"allOf": [schema["if"], schema.get("then", True)]}
            yield from self._alternatives([then, schema.get("else", {})], rest, name, depth)
            return
        kinds = schema.get("type") or implied(schema)
        for kind in cast("list[str]", kinds if isinstance(kinds, list) else [kinds]):
            yield from self._makers[kind](self, schema, name, depth) if kind in self._makers else ()

    def _alternatives(self, choices: list[Any], rest: Schema, name: str, depth: int) -> Iterator[Any]:
        # Deep down, the choice that ends a recursion comes first.
        ordered = sorted(choices, key=lambda c: recursive(c)) if depth >= _DEEP else choices
        for choice in ordered:
            if choice is False:
                continue
            both = rest if choice is True else merged(rest, self.flatten(cast("Schema", choice)))
            try:
                yield from itertools.islice(self.guesses(both, name, depth + 1), _TRIES // 4)
            except NoInstance:
                continue

    def _strings(self, schema: Schema, name: str, depth: int) -> Iterable[Any]:
        return strings(schema, name, self.about)

    def _numbers(self, schema: Schema, name: str, depth: int) -> Iterator[Any]:
        low, high = bounds(schema)
        step = schema.get("multipleOf")
        whole = schema.get("type") == "integer" or "integer" in (schema.get("type") or ())
        if step:
            start = -(-low // step) * step if low is not None else 0
            if low is None and high is not None and high < 0:
                start = high // step * step
            yield from (tidy(start + step * offset) for offset in (0, 1, 2, -1))
        for guess in (1, 3, 0, low, high, plus(low, 1), plus(high, -1), middle(low, high)):
            if guess is not None:
                yield tidy(guess)
        if not whole:
            yield from (value for value in (0.5, plus(low, 0.5), plus(high, -0.5)) if value is not None)

    def _arrays(self, schema: Schema, name: str, depth: int) -> Iterator[Any]:
        least = max(
            int(schema.get("minItems", 0)), int(schema.get("minContains", 1 if "contains" in schema else 0))
        )
        most = int(schema.get("maxItems", _LONGEST))
        if least > _LONGEST:
            raise NoInstance(f"{name!r} needs {least:,} items")
        usual = least if depth >= _DEEP else max(least, 3 if depth < 2 else 2)
        for size in dict.fromkeys((min(usual, most), least)):
            yield self._array(schema, name, depth, size)

    def _array(self, schema: Schema, name: str, depth: int, size: int) -> list[Any]:
        items: Any = schema.get("items", True)
        prefix = list(
            cast("list[Any]", schema.get("prefixItems") or (items if isinstance(items, list) else ()))
        )
        rest = schema.get("additionalItems", True) if isinstance(items, list) else items
        if rest is False:
            size = min(size, len(prefix))
        one = name.removesuffix("s") or "item"
        contained = int(schema.get("minContains", 1)) if "contains" in schema else 0
        made: list[Any] = []
        for index in range(max(size, len(prefix) if depth < _DEEP else 0)):
            wanted = prefix[index] if index < len(prefix) else rest
            if index >= len(prefix) and contained > 0:
                contained -= 1
                wanted = {"allOf": [wanted, schema["contains"]]}
            made.append(
                self._another(wanted, f"{one} {index + 1}", depth, made, schema.get("uniqueItems", False))
            )
        return made

    def _another(self, schema: Any, name: str, depth: int, before: list[Any], unique: bool) -> Any:
        if not unique:
            return self.first(schema, name, depth + 1)
        # Equality as JSON Schema has it: 1 and 1.0 are one value, 1 and true are two.
        taken = [_canonical(value) for value in before]
        varied = (schema, {"allOf": [schema, {"not": {"enum": before}}]}) if before else (schema,)
        for wanted in varied:
            for guess in itertools.islice(self.guesses(wanted, name, depth + 1), _TRIES):
                if _canonical(guess) not in taken and self.valid(schema, guess):
                    return guess
        whole = _next_number(before)
        while whole is not None and whole < _LONGEST:
            if self.valid(schema, whole) and _canonical(whole) not in taken:
                return whole
            whole += 1
        raise NoInstance(f"{name!r} has to differ from the others")

    def _objects(self, schema: Schema, name: str, depth: int) -> Iterator[Any]:
        properties: dict[str, Any] = schema.get("properties") or {}
        required: list[str] = list(schema.get("required") or ())
        most = int(schema.get("maxProperties", _LONGEST))
        whole = [*required, *(key for key in properties if key not in required)]
        ordered = [key for key in properties if key in whole] + [
            key for key in required if key not in properties
        ]
        sizes = (
            (required,) if depth >= _DEEP else (ordered[:most] if len(ordered) > most else ordered, required)
        )
        for keys in sizes:
            made = self._object(schema, keys, required, depth)
            if made is not None:
                yield made

    def _object(
        self, schema: Schema, keys: list[str], required: list[str], depth: int
    ) -> dict[str, Any] | None:
        made: dict[str, Any] = {}
        for key in keys:
            try:
                made[key] = self.first(self._property(schema, key), key, depth + 1)
            except NoInstance:
                if key in required:
                    raise
        least = int(schema.get("minProperties", 0))
        if least > _LONGEST:
            raise NoInstance(f"it needs {least:,} properties")
        for key in self._more_keys(schema, least - len(made), made):
            made[key] = self.first(self._property(schema, key), key, depth + 1)
        return made

    def _property(self, schema: Schema, key: str) -> Any:
        import re

        if key in (schema.get("properties") or {}):
            return schema["properties"][key]
        for pattern, wanted in cast("Schema", schema.get("patternProperties") or {}).items():
            if re.search(pattern, key):
                return wanted
        return schema.get("additionalProperties", True)

    def _more_keys(self, schema: Schema, missing: int, made: dict[str, Any]) -> Iterator[str]:
        if missing <= 0:
            return
        names: Any = schema.get("propertyNames")
        naming: list[Schema] = [names if isinstance(names, dict) else {}]
        naming += [{"pattern": pattern} for pattern in schema.get("patternProperties") or ()]
        spare = (key for key in schema.get("properties") or () if key not in made)
        guessed = (
            key + suffix
            for number in itertools.count(1)
            for names in naming
            for key in itertools.islice(strings(names, f"key{number}", ""), 4)
            for suffix in ("", str(number))
        )
        seen = set(made)
        for key in itertools.islice(itertools.chain(spare, guessed), _TRIES * 10):
            if (
                missing
                and key not in seen
                and self._property(schema, key) is not False
                and self.valid(naming[0], key)
            ):
                seen.add(key)
                missing -= 1
                yield key

    _makers: ClassVar[dict[str, Callable[..., Iterable[Any]]]] = {
        "string": _strings,
        "integer": _numbers,
        "number": _numbers,
        "boolean": lambda *_: (True, False),
        "null": lambda *_: (None,),
        "array": _arrays,
        "object": _objects,
    }


def _validator(root: Any) -> Callable[[Any, Any], bool]:
    """Whether a value is valid by a part of the root schema. References outside it are never fetched."""
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import SchemaError
    from jsonschema.validators import validator_for
    from referencing import Registry
    from referencing.exceptions import Unresolvable

    kind: Any = validator_for(root, default=Draft202012Validator)
    try:
        kind.check_schema(root)
    except SchemaError as exc:
        raise NoInstance(f"it is no valid schema, {exc.message}") from None
    whole = kind(root, registry=cast("Any", Registry)(), format_checker=kind.FORMAT_CHECKER)

    def valid(schema: Any, value: Any) -> bool:
        try:
            return bool(whole.evolve(schema=schema).is_valid(value))
        except Unresolvable as exc:
            raise NoInstance(f"it refers to {exc.ref!r}, which isn't there") from None
        except RecursionError:
            raise NoInstance("its references go in a circle") from None

    return valid


def _canonical(value: Any) -> str:
    import json

    return json.dumps(tidy(value), sort_keys=True)


def _next_number(before: list[Any]) -> int | None:
    numbers = [value for value in before if isinstance(value, int | float) and not isinstance(value, bool)]
    return int(max(numbers)) + 1 if numbers else None

"""JSON Schemas as far as a guess needs them: two at once, their bounds, the types they speak of."""

from typing import Any, cast

Schema = dict[str, Any]
MOST = 200  # combinations of alternatives that are looked at


def merged(one: Schema, other: Schema) -> Schema:
    """Both schemas at once, for the keywords that matter to a guess."""
    both = {**other, **one}
    for key in one.keys() & other.keys():
        mine, theirs = one[key], other[key]
        match key:
            case "properties" | "patternProperties" | "$defs" | "definitions":
                both[key] = {
                    name: {"allOf": [mine[name], theirs[name]]}
                    if name in mine and name in theirs
                    else mine.get(name, theirs.get(name))
                    for name in {**theirs, **mine}
                }
            case "required":
                both[key] = list(dict.fromkeys([*theirs, *mine]))
            case "minimum" | "exclusiveMinimum" | "minLength" | "minItems" | "minProperties":
                both[key] = max(mine, theirs)
            case "maximum" | "exclusiveMaximum" | "maxLength" | "maxItems" | "maxProperties":
                both[key] = min(mine, theirs)
            case "enum":
                both[key] = [value for value in mine if value in theirs]
            case "type":
                both[key] = _common_types(mine, theirs)
            case "items" | "contains" | "not" | "additionalProperties" | "anyOf" | "oneOf":
                both |= _combined(key, mine, theirs)
            case _:
                pass
    return both


def _combined(key: str, mine: Any, theirs: Any) -> Schema:
    match key:
        case "not":
            return {key: {"anyOf": [mine, theirs]}}
        case "anyOf" | "oneOf":
            return {key: [{"allOf": [a, b]} for a in mine for b in theirs][:MOST]}
        case _:
            return {key: {"allOf": [mine, theirs]}}


def _common_types(mine: Any, theirs: Any) -> list[str]:
    listed: list[list[str]] = [kind if isinstance(kind, list) else [kind] for kind in (mine, theirs)]
    common = [kind for kind in listed[0] if kind in listed[1]]
    if "integer" in listed[0] + listed[1] and {"number", "integer"} <= {*listed[0], *listed[1]}:
        common.append("integer")
    return list(dict.fromkeys(common))


def implied(schema: Schema) -> list[str]:
    """The types a schema without `type` speaks of; a text if it speaks of none."""
    implied = {
        "object": ("properties", "required", "additionalProperties", "minProperties", "patternProperties"),
        "array": ("items", "prefixItems", "minItems", "contains", "uniqueItems"),
        "number": ("minimum", "maximum", "exclusiveMinimum", "exclusiveMaximum", "multipleOf"),
        "string": ("pattern", "format", "minLength", "maxLength"),
    }
    found = [kind for kind, keywords in implied.items() if any(keyword in schema for keyword in keywords)]
    return found or ["string", "number", "object", "array", "boolean", "null"]


def bounds(schema: Schema) -> tuple[Any, Any]:
    low, high = schema.get("minimum"), schema.get("maximum")
    more, less = schema.get("exclusiveMinimum"), schema.get("exclusiveMaximum")
    # In draft 4 these two are booleans that sharpen the plain bound.
    lows = [bound for bound in (low, more) if bound is not None and not isinstance(bound, bool)]
    highs = [bound for bound in (high, less) if bound is not None and not isinstance(bound, bool)]
    return max(lows, default=None), min(highs, default=None)


def tidy(number: Any) -> Any:
    return int(number) if isinstance(number, float) and number.is_integer() else number


def plus(number: Any, more: float) -> Any:
    return None if number is None else number + more


def middle(low: Any, high: Any) -> Any:
    return None if low is None or high is None else (low + high) / 2


def recursive(schema: Any) -> bool:
    return "$ref" in str(schema)


def anchored(schema: Any, name: str) -> Any:
    places = [schema]
    while places:
        place = places.pop()
        if isinstance(place, dict):
            if cast("Schema", place).get("$anchor") == name:
                return cast("Schema", place)
            places.extend(cast("Schema", place).values())
        elif isinstance(place, list):
            places.extend(cast("list[Any]", place))
    return None

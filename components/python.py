"""Python that a flow brings along, in a sandbox: the Monty interpreter in a process of its own.

That process has no environment, no files, no network, and no function of this one. It has 5 s and 128 MB, and is
stopped with the step. Of what is outside it reaches the tools that the flow gives it, and nothing else: each is a
function by its name, and each call a step of the run. It is another Python, smaller than the usual one: no classes of libraries, a few modules (json,
re, math, datetime, ...). Off until whoever runs Weft enables it in weft.toml: `[python]`, `enabled = true`.
"""
# What is inside JSON isn't known before it is looked at.
# pyright: reportUnknownVariableType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false

import asyncio
import json
import keyword
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, TypedDict

from weft import Context, Tool, WeftError, component

if TYPE_CHECKING:
    from pydantic_monty import MontyRuntimeError, MontySyntaxError

SECONDS = 5.0
MEMORY = 128 * 2**20
DEPTH = 200
LASTING = (
    "cancelled",
    "budget-exceeded",
    "unknown-price",
    "limit-exceeded",
    "not-on-cassette",
    "not-available",
)
PRINTED = 200_000  # bytes
LARGEST = 5_000_000  # characters of the result as JSON
DEEPEST = 150
TAKEN = ("code", "names", "tools", "calls", "ctx")
NAME = re.compile(r"[a-z][a-z0-9_]{0,62}")


class Result(TypedDict):
    output: Annotated[Any, "The value of the last line"]
    printed: Annotated[str, "What was printed"]


def ports(params: Mapping[str, Any]) -> dict[str, Any]:
    """An input for each name."""
    names, inputs, wrong = params.get("names"), dict[str, Any](), ""
    for name in names if isinstance(names, list) else []:
        if not isinstance(name, str) or not NAME.fullmatch(name) or keyword.iskeyword(name):
            wrong = f"{str(name)[:60]!r} can't be a name: small letters, digits and '_', none of Python's own words."
        elif name in TAKEN or name in inputs:
            wrong = f"The name {name!r} is taken."
        else:
            inputs[name] = Any
    return {"inputs": inputs, "problems": {"names": wrong} if wrong else {}}


@component(
    ports=ports,
    ui={
        "title": "Python",
        "category": "Tools",
        "icon": "code",
        "color": "#0ea5b7",
        "code": {"multiline": True},
        "names": {"items": "Input"},
    },
    reach={"code": "code"},
)
async def python(
    code: Annotated[str, "The code; what its last line is worth is the output"],
    ctx: Context,
    names: Annotated[list[str], "Names that the code uses: each becomes an input"] = [],  # noqa: B006
    tools: Annotated[list[Tool], "Components and flows that the code may call: await name(...)"] = [],  # noqa: B006
    calls: Annotated[int, "How many calls of them it may make in all"] = 32,
    **values: Any,
) -> Result:
    """Run Python in a sandbox, on what is wired in and nothing else (5 s, 128 MB)."""
    try:
        import pydantic_monty as monty
    except ImportError:
        raise WeftError(
            "The sandbox for Python isn't installed.",
            code="not-installed",
            hint='Install it from a shell: pip install "weft[python]"',
            retryable=False,
        ) from None
    printed = monty.CollectString(max_bytes=PRINTED)
    given = {name: value for name, value in values.items() if name in names}
    limits: monty.ResourceLimits = {
        "max_feed_duration_secs": SECONDS,
        "max_turn_duration_secs": SECONDS,
        "max_memory": MEMORY,
        "max_recursion_depth": DEPTH,
        "max_suspensions": 50 + 2 * max(calls, 0) if tools else 50,
    }
    host = _Host(tools, ctx, calls)
    try:
        async with (
            asyncio.timeout(None if tools else 2 * SECONDS),
            monty.AsyncMonty(min_processes=1, max_processes=1, request_timeout=SECONDS + 1) as pool,
            pool.checkout(limits=limits, os_policy={"sleep": "zero"}) as session,
        ):
            value = await session.feed_run(
                code, inputs=given, external_lookup=host.functions, print_callback=printed
            )
    except (monty.MontyRuntimeError, monty.MontySyntaxError) as error:
        raise host.lasting or _broken(error) from None
    except (monty.MontyCrashedError, TimeoutError):
        raise _failed(
            f"the code was stopped: it took more than {SECONDS:g} s, or broke its process"
        ) from None
    except monty.MontyError as error:
        raise _failed(f"the code can't be run: {str(error)[:200]}") from None
    if host.lasting is not None:
        raise host.lasting
    return {"output": _plain(value), "printed": printed.output}


class _Host:
    """The functions that the code may call. What is wrong with a call is an exception in the code; `lasting` is a
    failure after which the step can't go on, whatever the code makes of it."""

    def __init__(self, tools: list[Tool], ctx: Context, most: int) -> None:
        self.functions = {tool.name.replace("-", "_"): self._function(tool) for tool in tools}
        self.lasting: WeftError | None = None
        self._ctx, self._most, self._made = ctx, most, 0
        if len(self.functions) < len(tools):
            raise _failed("two of the tools have the same name")

    def _function(self, tool: Tool) -> Callable[..., Any]:
        names = list(tool.schema.get("properties", {}))

        async def call(*given: Any, **named: Any) -> Any:
            if len(given) > len(names):
                raise TypeError(f"{tool.name} takes {len(names)} arguments, not {len(given)}")
            arguments = {**dict(zip(names, given, strict=False)), **named}
            if wrong := tool.wrong(_plain(arguments)):
                raise ValueError(f"the arguments of {tool.name} don't fit: {wrong}")
            number, self._made = self._made, self._made + 1
            if number >= self._most:
                raise RuntimeError(f"no more than {self._most} calls are allowed")
            return await self._called(tool, arguments, number)

        return call

    async def _called(self, tool: Tool, arguments: dict[str, Any], number: int) -> Any:
        try:
            if tool.ask:
                answer = await self._ctx.ask(
                    f"The code wants to call {tool.name!r} with these arguments. May it?",
                    kind="approve",
                    value=arguments,
                    changes=tool.schema,
                )
                if not answer["approved"]:
                    raise RuntimeError(f"a person declined the call of {tool.name}")
                arguments = answer["value"]
            return await tool.call(arguments, self._ctx, number)
        except WeftError as error:
            if error.code in LASTING:
                self.lasting = error
            raise RuntimeError(f"{tool.name} failed: {error.message}") from None


def _broken(error: "MontyRuntimeError | MontySyntaxError") -> WeftError:
    inner, frames = error.exception(), error.traceback()
    line = f"line {frames[-1].line}: " if frames else ""
    if isinstance(inner, MemoryError):
        return _failed(f"{line}the code needs more than {MEMORY // 2**20} MB, or prints too much")
    if isinstance(inner, TimeoutError):
        return _failed(f"{line}the code takes more than {SECONDS:g} s")
    return _failed(f"{line}{error.display('type-msg')[:500]}")


def _failed(why: str) -> WeftError:
    return WeftError(
        f"{why[:1].upper()}{why[1:].rstrip('.')}.",
        code="code-failed",
        hint="Correct the code. It sees what is wired in, and no files, network or environment.",
        retryable=False,
    )


def _deeper(value: Any, most: int) -> bool:
    """Whether it is nested deeper than that: from 200 on the sandbox itself leaves out what is inside."""
    level = [value]
    for _ in range(most):
        level = [
            inner
            for one in level
            if isinstance(one, list | tuple | dict)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return bool(level)


def _plain(value: Any) -> Any:
    """As JSON: a tuple is a list, and what JSON hasn't is a failure."""
    if _deeper(value, DEEPEST):
        raise _failed(f"the last line gives what is nested more than {DEEPEST} deep")
    try:
        text = json.dumps(value, ensure_ascii=False, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        raise _failed(f"the last line gives what is no JSON: {str(error)[:200]}") from None
    if len(text) > LARGEST:
        raise _failed(f"the last line gives more than {LARGEST:,} characters")
    return json.loads(text)

"""A component: a typed function declared usable in flows. Its parameters are ports, its return annotation the outputs.

    from weft import component

    @component
    async def shout(text: str, times: int = 1) -> str:
        \"""Say it louder.\"""
        return text.upper() * times

* A default makes a port optional; `Annotated[T, "help"]` gives it a help text; `Literal` gives it choices; `list[T]`
  takes several edges. The docstring's first line is the component's help.
* A dataclass or TypedDict as return annotation gives one output for each field, the first being the main one; `None`
  gives none; anything else gives the one output `output`.
* A parameter annotated `Context` receives what the step offers; `ChatModel`, `Secret`, `Path` and `Flow` receive the
  live thing; `Template` and `Expression` receive the finished text and the value, and their names become input ports.
* A parameter annotated `Condition` receives an expression that it evaluates itself, as often as it likes.
* Names that become ports are also passed as keyword arguments if the function takes `**kwargs`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final, overload

from weft.catalog.context import Context
from weft.catalog.ports import EMPTY, Params, Port, PortFault, Ports, PortsOf
from weft.catalog.reach import NOTHING, Reach, read_reach
from weft.catalog.shapes import Shapes
from weft.catalog.signature import Signature, read_signature
from weft.catalog.sources import digest_in_memory
from weft.model.errors import WeftError

__all__ = ["Component", "Port", "PortFault", "Ports", "Upgrade", "component"]

Upgrade = Callable[..., Mapping[str, Any]]
"""`upgrade(params)`, or `upgrade(params, version)` with the version the node was written for: the params of today."""

_NAME: Final = re.compile(r"[a-z][a-z0-9_]{0,62}")


@dataclass(frozen=True, eq=False, repr=False)
class Component:
    """A declared function. Calling it calls the function, so that a test of it needs nothing else."""

    function: Callable[..., Any]
    signature: Signature
    name: str
    version: int = 1
    upgrade: Upgrade | None = None
    pure: bool = False
    ports_of: PortsOf | None = None
    ui: Mapping[str, Any] = field(default_factory=lambda: EMPTY)
    origin: str = ""
    path: Path | None = None
    reach: Reach = NOTHING
    """What it says that it reaches beyond its step."""
    source: str = ""
    """The digest of the file it was read from, as it was read, and of those that one imports from its folder."""

    def __repr__(self) -> str:
        return f"<component {self.key}>"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.function(*args, **kwargs)

    @property
    def key(self) -> str:
        """As a flow names it: `prompt`, or `prompt@2` from the second version on."""
        return self.name if self.version == 1 else f"{self.name}@{self.version}"

    @property
    def title(self) -> str:
        """As a person reads it."""
        title = self.ui.get("title")
        return title if isinstance(title, str) else self.name.replace("_", " ").capitalize()

    @property
    def help(self) -> str:
        """The first line of its docstring."""
        return self.signature.help

    @property
    def inputs(self) -> tuple[Port, ...]:
        """The declared inputs: `ports(params)` has those of a node."""
        return self.signature.inputs

    @property
    def outputs(self) -> tuple[Port, ...]:
        """The declared outputs, the main one first."""
        return self.signature.returns.ports

    @property
    def module(self) -> str:
        """The private name of the module it was loaded as."""
        return self.function.__module__

    @cached_property
    def code(self) -> str:
        """The digest of its code; "" when that can't be told (see `sources`), so that nothing of it is cached."""
        return self.source or digest_in_memory(self.function)

    @property
    def takes_extra(self) -> bool:
        """Whether it takes values of ports it doesn't declare (`**kwargs`)."""
        return self.signature.takes_extra

    def ports(self, params: Params = EMPTY) -> Ports:
        """The ports of a node with these params: unwrapped, without the wired ones, a flow param as a `Flow` or None.

        Never raises: what the params ask for and can't have is in `faults`.
        """
        return self.shapes.ports(params)

    @cached_property
    def shapes(self) -> Shapes:
        """The ports its nodes have had so far."""
        return Shapes(Ports(self.inputs, self.outputs), self.ports_of, self.signature.context)

    async def call(self, kwargs: dict[str, Any], ctx: Context) -> dict[str, Any]:
        """Run it once: its outputs by port. A sync function runs in a thread. Raises what the function raises."""
        arguments = kwargs
        if self.signature.context is not None:
            arguments = {**kwargs, self.signature.context: ctx}
        if self.signature.is_async:
            result = await self.function(**arguments)
        else:
            from weft.catalog.threads import in_thread  # declaring a component needs no asyncio

            result = await in_thread(self.function, **arguments)
        return self.signature.returns.by_port(result, self.name)


@overload
def component(function: Callable[..., Any], /) -> Component: ...
@overload
def component(
    *,
    name: str = "",
    version: int = 1,
    upgrade: Upgrade | None = None,
    pure: bool = False,
    ports: PortsOf | None = None,
    ui: Mapping[str, Any] = EMPTY,
    reach: Mapping[str, Any] = EMPTY,
) -> Callable[[Callable[..., Any]], Component]: ...
def component(
    function: Callable[..., Any] | None = None,
    /,
    *,
    name: str = "",
    version: int = 1,
    upgrade: Upgrade | None = None,
    pure: bool = False,
    ports: PortsOf | None = None,
    ui: Mapping[str, Any] = EMPTY,
    reach: Mapping[str, Any] = EMPTY,
) -> Component | Callable[[Callable[..., Any]], Component]:
    """Declare a typed function usable in flows. Raises `WeftError` `bad-component` when it can't be one.

    `pure`: same inputs, same output, no effect, so a step may be answered from a cache. What counts is its file and
    those it imports from its folder, its inputs, the model and the content of files it gets, and what it reads of the
    state; a step that a secret goes into is never cached.
    `ports(params)` returns `{"inputs": {name: annotation}, "outputs": {name: annotation}}`: the inputs are added, the
    outputs replace the declared ones, and `"problems": {param: sentence}` says what is wrong with the params. With it, a `dict` as return annotation means outputs by name.
    `version` is raised when ports or params change so that saved flows would break; `upgrade(params)` (or
    `upgrade(params, version)`) then gives today's params for older ones. A wired port is in `params` as an opaque
    value: moving it to another key moves the edge.
    `ui`: `color` ("#rrggbb"), `icon` (a Material symbol), `category`, `title`, and by port `{"multiline": True}` or the
    form of its value: `columns`, `items` or `named` (see the inspector's `listed`), `if` for when it is shown. A model's port may say
    `{"asked": "first"}`: the model is asked before anything else is done, so what it is asked can be shown beforehand.
    `reach`: which parameters name hosts, code, models or files, and what it reaches by itself, for the sheet that is
    read before a flow from elsewhere may run: see `weft.catalog.reach`.
    """

    def declare(target: Callable[..., Any]) -> Component:
        signature = read_signature(target, ui, by_name=ports is not None)
        called = name or target.__name__
        if not _NAME.fullmatch(called):
            raise WeftError(
                f"A component can't be called {called!r}.",
                code="bad-component",
                hint="A name has small letters, digits and '_', and starts with a letter.",
            )
        if type(version) is not int or version < 1:
            raise WeftError(
                f"The version of {called!r} must be 1 or more, not {version!r}.", code="bad-component"
            )
        try:
            reaches = read_reach(reach, {port.name for port in signature.inputs})
        except ValueError as error:
            raise WeftError(f"The reach of {called!r}: {error}.", code="bad-component") from None
        shown = MappingProxyType(dict(ui))
        return Component(target, signature, called, version, upgrade, pure, ports, shown, reach=reaches)

    return declare(function) if function is not None else declare

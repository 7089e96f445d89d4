"""What is known of a provider of models before anything of its client is imported.

Each provider is a module beside this one that has

    PROVIDERS    the names that lead to it: its own, and those of servers that speak the same protocol
    LIBRARIES    the top-level packages whose exceptions are its client's
    ERRORS       its client's exceptions without a status, and the row of `failures` each one is
    load()       imports the client, which takes seconds and belongs into a thread
    build(account)           the live model, and what to call to close its connections
    settings(given, model)   the neutral settings as the call arguments of its client
    structured(schema, model)    the call arguments that make the server itself keep to a JSON Schema, {} if it can't
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, NamedTuple, Protocol
from urllib.parse import urlsplit

from weft.model.errors import StepFailed

if TYPE_CHECKING:
    from langchain_core.language_models import BaseChatModel


@dataclass(frozen=True, slots=True)
class Provider:
    """A name before the colon. `keys` and `addresses` are the usual environment variables, the first to be told."""

    name: str
    title: str
    about: str
    module: str
    extra: str
    official: str
    """Where its maker's server is, or where a server of one's own usually listens."""
    keys: tuple[str, ...] = ()
    addresses: tuple[str, ...] = ()
    keyless: bool = False
    """Whether the server usually wants no key."""
    ambient: bool = False
    """Whether credentials may lie where only its client looks for them."""
    models: tuple[str, ...] = ()
    """Names for a picker; every other name works as well."""
    bare: bool = False
    """Whether its address is usually written without `http://`."""
    suffix: str = ""
    """What an address given without it lacks, as `/v1`."""
    takes: tuple[str, ...] = ("image", "file")
    """What its protocol has a place for beside text; a file is a PDF."""
    settings: tuple[str, ...] = ("temperature", "top_p", "max_tokens", "seed", "stop", "reasoning")
    """Those of a node's settings that it knows."""

    @property
    def default(self) -> str:
        """The model of the bare name; "" when it has to be named."""
        return self.models[0] if self.models else ""

    def elsewhere(self, address: str | None) -> bool:
        """Whether another server than the maker's is asked, so that its prices and limits say nothing."""
        return self.keyless or (bool(address) and origin(address or "") != origin(self.official))

    def package(self) -> str:
        """The command that installs its client."""
        return f"pip install 'weft[{self.extra}]'"


class Account(NamedTuple):
    """Whom to ask, where, and as whom."""

    provider: Provider
    model: str
    address: str
    key: str
    timeout: float = 0
    """Seconds until the next piece of an answer has to be there; 0: as usual."""
    headers: tuple[tuple[str, str], ...] = ()
    """Sent with each request."""

    @property
    def elsewhere(self) -> bool:
        return self.provider.elsewhere(self.address)

    def metadata(self) -> dict[str, Any]:
        """What the live model remembers of it."""
        about: dict[str, Any] = {"weft_model": f"{self.provider.name}:{self.model}"}
        return about | ({"weft_elsewhere": True} if self.elsewhere else {})


class Built(NamedTuple):
    model: "BaseChatModel"
    close: Callable[[], Awaitable[None]]


class Client(Protocol):
    """A provider's module."""

    PROVIDERS: tuple[Provider, ...]
    LIBRARIES: tuple[str, ...]
    ERRORS: tuple[tuple[str, str, str], ...]

    def load(self) -> None: ...
    def build(self, account: Account) -> Built: ...
    def settings(self, given: "Mapping[str, Any]", model: "BaseChatModel") -> dict[str, Any]: ...
    def structured(self, schema: Mapping[str, Any], model: "BaseChatModel") -> dict[str, Any]: ...


def origin(address: str) -> str:
    """Scheme, host and port of an address, as a browser compares them; "" for what is none."""
    try:
        parts = urlsplit(address)
        port = parts.port or {"http": 80, "https": 443}.get(parts.scheme)
    except ValueError:
        return ""
    if not parts.hostname or port is None:
        return ""
    host = f"[{parts.hostname}]" if ":" in parts.hostname else parts.hostname
    usual = port == {"http": 80, "https": 443}.get(parts.scheme)
    return f"{parts.scheme}://{host}" + ("" if usual else f":{port}")


def missing(provider: Provider, model: str, error: ImportError) -> StepFailed:
    """Its client isn't installed. Without a `model`, any of the providers that share the client may be meant."""
    needing = f"The model '{provider.name}:{model}'" if model else "This model"
    return StepFailed(
        f"{needing} needs a package that isn't installed ({error.name}).",
        code="missing-package",
        hint=f"Install it with: {provider.package()}",
        retryable=False,
    )


def no_key(provider: Provider, model: str) -> StepFailed:
    """It wants a key, and there is none."""
    name = provider.keys[0]
    return StepFailed(
        f"The model '{provider.name}:{model}' needs a key, and {name} isn't set.",
        code="no-key",
        hint=f"Keep it with 'weft secrets set {name}', or set it with: export {name}=... "
        "'--model demo' runs without one.",
        retryable=False,
    )


def unsupported(provider: str, setting: str) -> StepFailed:
    """A setting that this provider doesn't know."""
    return StepFailed(
        f"{provider} has no setting {setting!r}.",
        code="bad-setting",
        hint=f"Remove {setting!r} from the node's `settings`, or choose a model of another provider.",
        retryable=False,
    )

"""The providers of models as `weft.toml` has them: where each is asked, with what, and which of its models by default.

An address of the settings goes before that of the environment. A key, and what a header holds, is sent to an address
that stands only in the settings if it was bound to it ('weft secrets bind'): whoever changes a file can't have it sent
elsewhere. The maker's own server, and one that the environment names as well, get the key that is kept for them.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from weft.model.errors import StepFailed
from weft.providers.accounts import address
from weft.providers.choices import Choice, configured
from weft.providers.provider import Provider, origin
from weft.providers.redaction import remember
from weft.providers.registry import SERVED
from weft.providers.windows import chain_window, window
from weft.workspace.settings.contents import ProviderSettings, Settings

if TYPE_CHECKING:
    from weft.workspace.settings.secret_store import Secrets

_NOTHING = ProviderSettings()


class Served:
    """Reads the settings whenever it is asked, for they may be changed."""

    def __init__(
        self, env: Mapping[str, str], settings: Callable[[], Settings], secrets: "Callable[[], Secrets]"
    ) -> None:
        self._plain, self._settings, self._secrets = env, settings, secrets
        self.env: Mapping[str, str] = _Addresses(env, settings)
        """The environment as the providers' addresses are looked for in it."""

    def of(self, provider: str) -> ProviderSettings:
        """What the settings say of a provider."""
        return self._settings().providers.get(provider, _NOTHING)

    @property
    def payloads(self) -> bool:
        """Whether who traces calls is told what was said in them."""
        return self._settings().tracing.payloads

    def named(self, name: str) -> str:
        """A model's name, the settings' model behind that of a provider alone."""
        bare = name.strip()
        own = self.of(bare.lower().removesuffix(":")).model
        return f"{bare.lower().removesuffix(':')}:{own}" if own else bare

    def window(self, model: str, *, smallest: bool = False) -> int | None:
        """How many tokens a model takes, or of `a | b` the largest (or `smallest`); None if that isn't known."""
        return chain_window(self.windows(model), smallest=smallest)

    def windows(self, model: str) -> list[int | None]:
        """The same of each of `a | b`."""
        return [self._window(self.named(one)) for one in model.split("|")]

    def _window(self, model: str) -> int | None:
        provider = SERVED.get(model.partition(":")[0])
        elsewhere = provider is not None and provider.elsewhere(address(provider, self.env))
        return window(model, self._settings().windows, elsewhere=elsewhere)

    def key(self, name: str, where: str) -> str | None:
        """The key of a provider for a server's origin, as `Secrets.key`. Raises `StepFailed` (`secret-elsewhere`)."""
        secrets = self._secrets()
        if not self._moved(name, where):
            return secrets.key(name, where)
        value = self._plain.get(name) or secrets.find(name)
        if value:
            remember(value)
            secrets.allow(name, where, first=False)
        return value or None

    def ways(self, provider: str, where: str) -> tuple[float, tuple[tuple[str, str], ...]]:
        """How long to wait for it, and the headers it is sent. Raises what `Secrets.value` and `allow` do."""
        own, secrets = self.of(provider), self._secrets()
        headers: list[tuple[str, str]] = []
        for header, name in own.headers.items():
            value = secrets.value(name).strip()
            secrets.allow(name, where, first=False)
            if not value.isprintable() or not value.isascii():
                raise StepFailed(
                    f"The secret {name!r} can't be sent as a header: it has signs that none may have.",
                    code="bad-secret",
                    hint=f"Set it again: weft secrets set {name}",
                    retryable=False,
                )
            headers.append((header, value))
        return own.timeout or 0.0, tuple(headers)

    def choices(self) -> list[Choice]:
        """Every provider as it is set up here. No key is looked at, and nobody is asked."""
        return [self._choice(one) for one in configured(self.env, self._secrets().has)]

    def _choice(self, choice: Choice) -> Choice:
        provider, own = SERVED.get(choice.name), self.of(choice.name)
        if provider is None:
            return choice
        if own.model:
            first = f"{choice.name}:{own.model}"
            rest = (one for one in choice.models if one != first)
            choice = replace(choice, models=(first, *rest))
        if own.base_url and choice.lacks.startswith("start it at"):
            choice = replace(choice, lacks="")
        if choice.ready and (unbound := self._unbound(provider, own, choice.address)):
            there = origin(choice.address)
            return replace(choice, lacks=" and ".join(f"weft secrets bind {one} {there}" for one in unbound))
        return choice

    def _unbound(self, provider: Provider, own: ProviderSettings, where: str) -> list[str]:
        """The secrets that would be sent there and may not."""
        secrets = self._secrets()
        kept = {one.name: one.origins for one in secrets.listed()}
        keys = [name for name in provider.keys if self._plain.get(name) or secrets.has(name)]
        sent = keys[:1] if self._moved(keys[0] if keys else "", origin(where)) else []
        return [one for one in (*sent, *own.headers.values()) if origin(where) not in kept.get(one, ())]

    def _moved(self, key: str, where: str) -> bool:
        """Whether a provider of that key is asked there because the settings say so, and nobody else does."""
        for provider in SERVED.values():
            base = self.of(provider.name).base_url
            if key in provider.keys and base and origin(address(provider, self.env)) == where:
                beside = address(provider, self._plain)
                return where != origin(beside)
        return False


class _Addresses(Mapping[str, str]):
    """An environment in which the settings' addresses stand."""

    def __init__(self, env: Mapping[str, str], settings: Callable[[], Settings]) -> None:
        self._env, self._settings = env, settings

    def _own(self) -> dict[str, str]:
        found = ((SERVED.get(name), one.base_url) for name, one in self._settings().providers.items())
        return {provider.addresses[0]: base for provider, base in found if provider is not None and base}

    def __getitem__(self, name: str) -> str:
        own = self._own()
        return own[name] if name in own else self._env[name]

    def __iter__(self) -> Iterator[str]:
        return iter({**self._env, **self._own()})

    def __len__(self) -> int:
        return len({**self._env, **self._own()})

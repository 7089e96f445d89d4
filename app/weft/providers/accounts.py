"""Whom a model's name means here: which server is asked, and with which key."""

from collections.abc import Callable, Mapping
from urllib.parse import urlsplit

from weft.model.errors import StepFailed
from weft.providers.provider import Account, Provider, no_key, origin
from weft.providers.registry import SERVED
from weft.providers.spec import Spec

SECRET = "WEFT_SECRET_"
Keys = Callable[[str, str], str | None]
"""The value that is kept under a name, for a server's origin; None without one. It may refuse to send it there."""

Ways = Callable[[str, str], tuple[float, tuple[tuple[str, str], ...]]]
"""How a provider is asked at an address: seconds of patience (0: as usual) and headers."""


def environment(env: Mapping[str, str]) -> Keys:
    """The keys of an environment: by their usual name, else as a secret."""
    return lambda name, _: env.get(name) or env.get(SECRET + name) or None


def address(provider: Provider, env: Mapping[str, str], given: str | None = None) -> str:
    """Where the provider's server is: as `given`, else in the usual variables, else where it usually is."""
    named = given or next((env[name] for name in provider.addresses if env.get(name)), "")
    if not named:
        return provider.official
    if provider.bare and "://" not in named:
        named = f"http://{named}"
    named = named.replace("//0.0.0.0", "//127.0.0.1", 1).rstrip("/")
    bare = provider.suffix and urlsplit(named).path in ("", "/")
    return named + provider.suffix if bare else named


def account(
    spec: Spec,
    env: Mapping[str, str],
    *,
    keys: Keys,
    base_url: str | None = None,
    api_key: str | None = None,
    ways: Ways | None = None,
) -> Account:
    """Whom to ask for a model of a server. Raises `StepFailed`: `no-key`, `no-address`."""
    provider = SERVED[spec.provider]
    where = address(provider, env, base_url)
    if not where and not provider.ambient:
        raise StepFailed(
            f"The model '{spec}' needs an address, and {provider.addresses[0]} isn't set.",
            code="no-address",
            hint=f"Set it with: export {provider.addresses[0]}=https://...",
            retryable=False,
        )
    key = api_key or found(provider, where, keys)
    if not key and not provider.keyless and not provider.ambient and not provider.elsewhere(where):
        raise no_key(provider, spec.model)
    timeout, headers = ways(provider.name, where) if ways is not None else (0.0, ())
    return Account(provider, spec.model, where, key, timeout, headers)


def found(provider: Provider, where: str, keys: Keys) -> str:
    """The provider's key, for the server at that address; "" without one."""
    return next((key for name in provider.keys if (key := keys(name, origin(where)))), "")

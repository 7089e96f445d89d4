"""Which names are answered, which origin each has, and which addresses are refused."""

import pytest

from weft.model.errors import WeftError
from weft.server.door import Door, checked_door, is_loopback


def test_on_loopback_the_three_names_with_the_port_are_answered() -> None:
    assert Door(port=8700).origins == {
        "127.0.0.1:8700": "http://127.0.0.1:8700",
        "localhost:8700": "http://localhost:8700",
        "[::1]:8700": "http://[::1]:8700",
    }


def test_the_schemes_own_port_may_be_left_out() -> None:
    assert "localhost" in Door(port=80).origins
    assert Door(port=443, tls=True).origins["localhost"] == "https://localhost"


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        (
            {"allowed_hosts": ["Weft.Example.org"], "behind_proxy": True},
            {
                "weft.example.org": "https://weft.example.org",
                "weft.example.org:8700": "https://weft.example.org:8700",
            },
        ),
        ({"allowed_hosts": ["w.example:99"], "tls": True}, {"w.example:99": "https://w.example:99"}),
    ],
)
def test_elsewhere_only_the_listed_names_are_answered(
    options: dict[str, object], expected: dict[str, str]
) -> None:
    door = checked_door(8700, "0.0.0.0", **options)  # type: ignore[arg-type]
    assert door.origins == expected
    assert door.url in expected.values()


def test_a_tunnel_to_loopback_may_have_its_own_name() -> None:
    door = checked_door(8700, "127.0.0.1", allowed_hosts=["localhost:9000"])
    assert door.origins["localhost:9000"] == "http://localhost:9000"
    assert door.url == "http://127.0.0.1:8700"


@pytest.mark.parametrize(
    "host", ["0.0.0.0", "::", "192.168.1.5", "10.0.0.1", "example.org", "127.0.0.1.evil.org"]
)
@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, ["--allowed-host", "--behind-proxy"]),
        ({"allowed_hosts": ["weft.example.org"]}, ["TLS", "--behind-proxy"]),
        ({"tls": True}, ["--allowed-host"]),
        ({"behind_proxy": True}, ["--allowed-host"]),
    ],
)
def test_an_address_others_can_reach_needs_names_and_encryption(
    host: str, options: dict[str, object], said: list[str]
) -> None:
    with pytest.raises(WeftError) as refused:
        checked_door(8700, host, **options)  # type: ignore[arg-type]
    assert refused.value.code == "unsafe-address"
    assert host in refused.value.message
    assert [word for word in said if word not in refused.value.hint] == []


@pytest.mark.parametrize(
    "name", ["*", "", "http://x", "a b", "x/y", "x:", "x:port", "*.example.org", "-x", "x\n", "ü"]
)
def test_a_name_that_is_none_is_refused(name: str) -> None:
    with pytest.raises(WeftError, match="is not a host name"):
        checked_door(8700, "127.0.0.1", allowed_hosts=[name])


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.9.9.9", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("", False),
    ],
)
def test_what_is_loopback(host: str, loopback: bool) -> None:
    assert is_loopback(host) is loopback

"""Every kind of address that a flow may not ask, however it is written: each is refused before a connection is opened."""

import ipaddress

import pytest
from tests.counted import count

from weft.web.addresses import FORBIDDEN, forbidden

NOT_PUBLIC = {
    "loopback": ["127.0.0.1", "127.255.255.254", "127.1.2.3", "::1"],
    "this network": ["0.0.0.0", "0.1.2.3", "::"],
    "private": ["10.0.0.1", "10.255.255.255", "172.16.0.1", "172.31.255.255", "192.168.0.1", "fc00::1", "fdff:ffff::1"],
    "shared": ["100.64.0.1", "100.127.255.255"],
    "link-local": ["169.254.0.1", "169.254.255.255", "fe80::1", "febf::1", "fec0::1"],
    "metadata": ["169.254.169.254", "169.254.170.2", "100.100.100.200", "168.63.129.16", "fd00:ec2::254", "fd20:ce::254", "192.0.0.192"],
    "mapped": ["::ffff:127.0.0.1", "::ffff:10.0.0.1", "::ffff:169.254.169.254", "::ffff:7f00:1", "::ffff:0.0.0.0"],
    "compatible": ["::127.0.0.1", "::10.0.0.1", "::a9fe:a9fe"],
    "translated": ["::ffff:0:127.0.0.1", "::ffff:0:a9fe:a9fe"],
    "6to4": ["2002:7f00:1::", "2002:a9fe:a9fe::1", "2002:c0a8:1::1", "2002:808:808::1"],
    "Teredo": ["2001:0:53aa:64c:0:fbfe:80ff:fffe", "2001::1"],
    "NAT64": ["64:ff9b::127.0.0.1", "64:ff9b::10.0.0.1", "64:ff9b::a9fe:a9fe", "64:ff9b:1::a00:1"],
    "documentation": ["192.0.2.1", "198.51.100.1", "203.0.113.1", "2001:db8::1", "3fff::1"],
    "benchmarks": ["198.18.0.1", "198.19.255.255", "2001:2::1"],
    "assignments": ["192.0.0.1", "192.31.196.1", "192.52.193.1", "192.88.99.1", "192.175.48.1", "2001:10::1", "2001:20::1", "100::1"],
    "multicast": ["224.0.0.1", "239.255.255.255", "ff02::1", "ff0e::1"],
    "reserved": ["240.0.0.1", "255.255.255.255", "5f00::1"],
}  # fmt: skip
PUBLIC = ["1.1.1.1", "8.8.8.8", "9.255.255.255", "11.0.0.1", "100.63.255.255", "100.128.0.1", "126.255.255.255", "128.0.0.1",
          "169.253.255.255", "169.255.0.1", "172.15.255.255", "172.32.0.1", "192.167.255.255", "192.169.0.1", "198.17.255.255",
          "198.20.0.1", "223.255.255.255", "2606:4700::1111", "2a00:1450::1", "::ffff:8.8.8.8", "64:ff9b::808:808"]  # fmt: skip


@pytest.mark.parametrize("kind", NOT_PUBLIC)
def test_an_address_that_is_not_public_is_refused(kind: str) -> None:
    assert [text for text in NOT_PUBLIC[kind] if not forbidden(ipaddress.ip_address(text))] == []


def test_public_addresses_next_to_them_are_not(request: pytest.FixtureRequest) -> None:
    assert [text for text in PUBLIC if forbidden(ipaddress.ip_address(text))] == []


def test_what_the_standard_library_calls_private_is_refused_at_both_ends_of_each_network() -> None:
    edges = [end for network in FORBIDDEN for end in (network[0], network[-1])]
    assert all(map(forbidden, edges))
    special = [one for texts in NOT_PUBLIC.values() for one in texts]
    count("addresses", refused=len(special) + len(edges), kinds=len(NOT_PUBLIC), let_through=len(PUBLIC))

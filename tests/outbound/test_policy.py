from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from plughub.outbound import NotSent, Outbound, Policy
from tests.outbound.spellings import DENIED, V4, V6, disguised, plain

PUBLIC = ["8.8.8.8", "1.1.1.1", "177.136.1.1", "223.255.255.254", "2606:4700::1111", "2a00:1450::1", "2804:14c::1"]


@pytest.mark.parametrize("address", PUBLIC)
def test_the_public_internet_is_called_at_the_usual_ports(address: str):
    policy = Policy()

    assert policy.allows(ip_address(address), 443)
    assert policy.allows(ip_address(address), 80)
    assert not policy.allows(ip_address(address), 25)
    assert not policy.allows(ip_address(address), 80, lacks_tls=True)
    assert Policy(ports=frozenset({8443})).allows(ip_address(address), 8443)


@pytest.mark.parametrize("network", DENIED, ids=str)
def test_no_special_network_is_called(network):
    for address in (network[0], network[-1]):
        assert not Policy().allows(address, 443), address


@pytest.mark.parametrize(
    "address",
    [
        "2606:4700::1111%eth0",
        "::1%lo",
        "fe80::1%1",
        "168.63.129.16",
        "100.100.100.200",
        "fd00:ec2::254",
        "192.0.0.192",
        "192.0.0.10",
        "3ffe::1",
        "2620:4f:8000::1",
        "192.31.196.1",
        "192.52.193.1",
        "192.175.48.1",
    ],
)
def test_nor_what_clouds_and_networks_keep_for_themselves(address: str):
    assert not Policy().allows(ip_address(address), 443)


def test_what_the_operator_opens_is_called_at_any_port_and_without_tls():
    policy = Policy(networks=(ip_network("10.1.0.0/16"), ip_network("fd00::/8")))

    assert policy.allows(ip_address("10.1.2.3"), 5432, lacks_tls=True)
    assert policy.allows(ip_address("fd00::1"), 5432, lacks_tls=True)
    assert not policy.allows(ip_address("10.2.0.1"), 80)
    assert not policy.allows(ip_address("127.0.0.1"), 80)
    assert policy.allows(ip_address("8.8.8.8"), 80)
    assert not policy.allows(ip_address("8.8.8.8"), 5432)


@pytest.mark.parametrize(
    "address",
    ["::ffff:127.0.0.1", "::127.0.0.1", "::ffff:0:127.0.0.1", "2002:7f00:1::", "2001::80ff:fffe", "fe80::1%lo"],
)
def test_no_opened_network_lets_an_address_in_by_another_name(address: str):
    policy = Policy(networks=(ip_network("::/0"), ip_network("127.0.0.0/8")))

    assert not policy.allows(ip_address(address), 80)
    assert policy.allows(ip_address("::1"), 80)


def test_an_opened_nat64_leads_to_the_internet_but_not_behind_its_gateway():
    policy = Policy(networks=(ip_network("64:ff9b::/96"), ip_network("10.1.0.0/16")))

    assert policy.allows(ip_address("64:ff9b::8.8.8.8"), 443)
    assert policy.allows(ip_address("64:ff9b::10.1.0.1"), 443)
    assert not policy.allows(ip_address("64:ff9b::127.0.0.1"), 443)
    assert not policy.allows(ip_address("64:ff9b::10.2.0.1"), 443)


def within(networks):
    """Addresses of these networks; the small ones count as much as the large."""
    return st.sampled_from(networks).flatmap(lambda network: st.integers(int(network[0]), int(network[-1])))


def is_refused(url: str) -> bool:
    try:
        Outbound(Policy(ports=frozenset({80, 443, 8080}))).check(url)
    except NotSent as refusal:
        return refusal.reason == "refused"
    return False


_tails = st.sampled_from(
    ["", "/", ":80", ":443/x", ":8080", "?x=http://good.example", "#@good.example", "/@good.example"]
)


@settings(max_examples=60)
@given(number=within(V4), scheme=st.sampled_from(["http", "https", "HTTP"]), tail=_tails)
def test_an_address_of_a_denied_network_is_refused_however_it_is_written(number: int, scheme: str, tail: str):
    address = IPv4Address(number)

    accepted = [host for host in [plain(address), *disguised(address)] if not is_refused(f"{scheme}://{host}{tail}")]

    assert accepted == []


@settings(max_examples=60)
@given(number=within(V6), tail=_tails)
def test_so_is_one_of_version_six(number: int, tail: str):
    address = IPv6Address(number)
    forms = [str(address), address.exploded, str(address).upper(), f"{address}%25eth0", f"{address}%1"]

    assert all(is_refused(f"http://[{form}]{tail}") for form in forms)


@settings(max_examples=200)
@given(st.one_of(st.integers(0, 2**32 - 1).map(IPv4Address), st.integers(2**125, 2**126 - 1).map(IPv6Address)))
def test_an_address_that_is_accepted_lies_in_no_denied_network(address):
    if not is_refused(f"http://{plain(address)}/"):
        assert not [network for network in DENIED if address in network]

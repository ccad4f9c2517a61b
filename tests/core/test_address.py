from ipaddress import IPv4Address, IPv4Network, IPv6Address, ip_address

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.address import Reach, cut_short, public_ip, reach

EXAMPLES = tuple(
    IPv4Network(block) for block in ("192.0.2.0/24", "198.51.100.0/24", "203.0.113.0/24")
)
PROTOCOLS = IPv4Network("192.0.0.0/24")


@pytest.mark.parametrize(
    "ip",
    [
        "8.8.8.8",
        "203.0.113.42",
        "198.51.100.1",
        "192.0.2.255",
        "172.15.255.255",
        "172.32.0.0",
        "100.63.255.255",
        "100.128.0.0",
        "192.0.1.0",
        "169.253.0.1",
        "223.255.255.255",
        "2a00:1450:4001:81b::200e",
        "2001:db8::1",
        "2001:200::1",
    ],
)
def test_the_address_of_a_person_passes(ip: str) -> None:
    """Without it TikTok matches worse, and the guide's own examples use documentation addresses."""
    assert public_ip(ip) == ip


@pytest.mark.parametrize(
    "ip",
    [
        "0.0.0.0",  # noqa: S104 - an address, nothing listens on it
        "10.1.2.3",
        "100.64.0.1",
        "100.127.255.255",
        "127.0.0.1",
        "169.254.1.1",
        "172.16.0.1",
        "172.31.255.255",
        "192.0.0.8",
        "192.168.0.1",
        "198.18.0.1",
        "198.19.255.255",
        "224.0.0.1",
        "239.255.255.255",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "fe80::1",
        "fe80::1%eth0",
        "2a00:1450::1%eth0",
        "fc00::1",
        "fd12:3456::1",
        "ff02::1",
        "100::1",
        "64:ff9b::8.8.8.8",
        "2001::1",
        "2001:10::1",
        "4000::1",
        "::ffff:10.0.0.1",
        "::ffff:127.0.0.1",
    ],
)
def test_an_address_that_is_no_persons_is_refused(ip: str) -> None:
    """A proxy's or a server's own address would be counted as one very busy visitor."""
    assert public_ip(ip) is None


@pytest.mark.parametrize(
    "text",
    [
        "",
        "localhost",
        "1.2.3",
        "1.2.3.4.5",
        "256.1.1.1",
        "08.8.8.8",
        "8.8.8.8:443",
        "8.8.8.8/32",
        "8.8.8.8, 9.9.9.9",
        "[2a00:1450::1]",
        "2a00:1450::1::2",
        "0x8.8.8.8",
        "134744072",
        "٨.8.8.8",
        "8.8.8.8\n",
    ],
)
def test_a_malformed_address_is_refused(text: str) -> None:
    """What is no address tells TikTok nothing and may be anything."""
    assert public_ip(text) is None


def test_a_mapped_address_is_unwrapped() -> None:
    """Servers that listen on both protocols report IPv4 visitors this way."""
    assert public_ip("::ffff:203.0.113.9") == "203.0.113.9"


def test_ipv6_is_written_the_usual_way() -> None:
    """The Pixel's copy has the spelling of RFC 5952."""
    assert public_ip("2A00:1450:4001:081B:0:0:0:200E") == "2a00:1450:4001:81b::200e"


@given(number=st.integers(0, 2**32 - 1) | st.integers(0, 255).map(lambda first: first << 24))
def test_every_ipv4_address_is_judged_as_the_standard_library_does(number: int) -> None:
    """The shortcut by the first octet must let nothing through that the registry keeps back."""
    address = IPv4Address(number)
    is_global = address.is_global and not address.is_multicast and address not in PROTOCOLS
    wanted = is_global or any(address in block for block in EXAMPLES)
    assert (public_ip(str(address)) == str(address)) is wanted


@given(number=st.integers(0, 2**128 - 1))
def test_no_ipv6_address_passes_that_the_standard_library_calls_special(number: int) -> None:
    """What is not global there is nobody's."""
    address = IPv6Address(number)
    assert (public_ip(str(address)) is not None) <= address.is_global


@given(st.text() | st.from_regex(r"[0-9.:a-f%/]{1,40}", fullmatch=True))
def test_any_text_gets_an_answer(text: str) -> None:
    """What a stranger sends is data, never an exception."""
    answer = public_ip(text)
    assert answer is None or str(ip_address(answer)) == answer


@pytest.mark.parametrize(
    ("ip", "short"),
    [
        ("203.0.113.42", "203.0.113.0"),
        ("203.0.113.0", "203.0.113.0"),
        ("2a00:1450:4001:81b::200e", "2a00:1450:4001::"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1::"),
    ],
)
def test_a_shortened_address_names_a_neighbourhood(ip: str, short: str) -> None:
    """One octet of IPv4 and 80 bits of IPv6 are what tells one household from the next."""
    assert cut_short(ip) == short


LEADS = {
    Reach.PUBLIC: (
        "8.8.8.8", "203.0.113.9", "100.63.255.255", "172.32.0.1", "2a00:1450::1", "::ffff:8.8.8.8",
    ),
    Reach.PRIVATE: (
        "127.0.0.1", "127.255.255.254", "10.1.2.3", "172.16.0.1", "172.31.255.255", "192.168.0.1",
        "100.64.0.1", "100.127.255.255", "192.0.0.1", "198.18.0.1", "240.0.0.1",
        "::1", "fc00::1", "fd12:3456::1", "fec0::1", "::ffff:10.0.0.1", "::ffff:7f00:1",
        "64:ff9b::a00:1", "2002:a00:1::", "2001::1", "::127.0.0.1", "::ffff:0:127.0.0.1",
    ),
    Reach.NOWHERE: (
        "0.0.0.0",  # noqa: S104 - an address, nothing listens on it
        "0.1.2.3", "169.254.169.254", "169.254.0.1", "168.63.129.16", "100.100.100.200",
        "192.0.0.192", "224.0.0.1", "255.255.255.255", "::", "fe80::1", "fe80::1%eth0", "ff02::1",
        "fd00:ec2::254", "::ffff:169.254.169.254", "::ffff:0.0.0.0", "", "hooks.example",
        "010.0.0.1", "2130706433", "1.2.3", "8.8.8.8 ",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("ip", "where"), [(ip, where) for where, addresses in LEADS.items() for ip in addresses]
)
def test_an_address_leads_where_it_is_spelled_to_lead(ip: str, where: Reach) -> None:
    """What an alert may reach is decided by this alone."""
    assert reach(ip) is where


@given(st.ip_addresses())
def test_what_python_calls_private_is_never_public(ip: IPv4Address | IPv6Address) -> None:
    """Two tables of the same registry must not disagree to the wrong side."""
    documented = any(ip in block for block in EXAMPLES if ip.version == block.version)
    assert reach(str(ip)) is not Reach.PUBLIC or ip.is_global or documented

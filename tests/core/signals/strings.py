"""Writers of consent strings, so that a test names only what its string is about."""

from base64 import urlsafe_b64encode
from collections.abc import Iterable, Mapping

from tandemgate.catalog.gpp import SECTIONS

MAY_2026 = 1_777_593_600
"""2026-05-01T00:00:00Z, in seconds: TCF 2.3 holds."""

ALL = range(1, 12)
"""The purposes of TCF 2.2 and 2.3."""


def base64url(row: str, filled_to: int = 24) -> str:
    """Write bits, filled up with zeros."""
    row += "0" * (-len(row) % filled_to)
    octets = row + "0" * (-len(row) % 8)
    text = urlsafe_b64encode(int(octets, 2).to_bytes(len(octets) // 8)).decode().rstrip("=")
    return text[: -(-len(row) // 6)]


def ones(numbers: Iterable[int], width: int) -> str:
    """Write a field of one bit for each number from 1 to *width*."""
    numbers = set(numbers)
    return "".join("01"[number in numbers] for number in range(1, width + 1))


def vendors(numbers: Iterable[int]) -> str:
    """Write vendors, one bit each."""
    numbers = sorted(numbers)
    highest = max(numbers, default=0)
    return f"{highest:016b}0{ones(numbers, highest)}"


def ranges(highest: int, *found: tuple[int, int]) -> str:
    """Write vendors as ranges, each with both of its ends."""
    return f"{highest:016b}1{len(found):012b}" + "".join(
        f"1{first:016b}{last:016b}" for first, last in found
    )


def restriction(purpose: int, kind: int, vendor: int) -> str:
    """Write a publisher restriction for one vendor."""
    return f"{purpose:06b}{kind:02b}{1:012b}0{vendor:016b}"


def core(
    purposes: Iterable[int] = ALL,
    *,
    version: int = 2,
    updated: int = MAY_2026,
    policy: int = 5,
    service_specific: bool = True,
    language: str = "000011000100",
    consents: str = vendors(()),
    restrictions: Iterable[str] = (),
) -> str:
    """Write the bits of a core segment."""
    restrictions = tuple(restrictions)
    return "".join(
        [
            f"{version:06b}{updated * 10:036b}{updated * 10:036b}",
            f"{300:012b}{7:012b}{1:06b}{language}{180:012b}{policy:06b}",
            f"{int(service_specific)}0{0:012b}",
            f"{ones(purposes, 24)}{0:024b}0000011000100",
            f"{consents}{vendors(())}",
            f"{len(restrictions):012b}{''.join(restrictions)}",
        ]
    )


def disclosed(numbers: Iterable[int] = (1,)) -> str:
    """Write a segment of disclosed vendors."""
    return base64url("001" + vendors(numbers))


def a_tc_string(purposes: Iterable[int] = ALL) -> str:
    """Write a valid TC string of TCF 2.3."""
    return f"{base64url(core(purposes))}.{disclosed()}"


def fibonacci(number: int) -> str:
    """Write a number in Fibonacci coding."""
    numbers = [1, 2]
    while numbers[-1] <= number:
        numbers.append(numbers[-1] + numbers[-2])
    code = ""
    for part in reversed([it for it in numbers if it <= number]):
        code = "01"[number >= part] + code
        number -= part * (number >= part)
    return f"{code}1"


def a_gpp_string(sections: Mapping[int, str]) -> str:
    """Write a GPP string with *sections* in ascending order of their ids."""
    row, last = "", 0
    for number in sorted(sections):
        row += f"0{fibonacci(number - last)}"
        last = number
    header = base64url(f"{3:06b}{1:06b}{len(sections):012b}{row}", 6)
    return "~".join([header, *(sections[number] for number in sorted(sections))])


def us(number: int, version: int = 1, **choices: int) -> str:
    """Write a section of the United States; choices that are not named are 2, no."""
    form = SECTIONS[number].cores[version][0]
    row = "".join(f"{choices.get(name, 2):02b}" * times for name, times in form)
    return base64url(f"{version:06b}{row}", 6)


GPC = base64url("011", 6)
"""The second part of a section: Global Privacy Control is on."""

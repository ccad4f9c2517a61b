import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.catalog.gpp import OPT_OUTS, SECTIONS
from tandemgate.core.signals.bits import Unreadable
from tandemgate.core.signals.gpp import (
    GppString,
    LeftOut,
    UsPrivacy,
    UsSection,
    read_gpp_string,
    read_us_privacy,
)
from tests.core.signals.strings import GPC, a_gpp_string, a_tc_string, base64url, us

FORMS = [
    (number, version, form)
    for number, layout in SECTIONS.items()
    for version, (form, *_) in layout.cores.items()
]
CHOICES = [
    (number, version, name)
    for number, version, form in FORMS
    for name, _ in form
    if name in OPT_OUTS
]


def read(text: str) -> GppString:
    """Read what must be readable."""
    seen = read_gpp_string(text)
    assert isinstance(seen, GppString), seen
    assert seen.fault is None
    return seen


def fault(text: str) -> str:
    """Say why *text*, or a section of it, is unreadable."""
    seen = read_gpp_string(text)
    found = seen.why if isinstance(seen, Unreadable) else seen.fault
    assert found is not None
    return found


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("DBAA", []),
        ("DBABM~x", [2]),
        ("DBABMA~x", [2]),
        ("DBACNY~x~y", [2, 6]),
        ("DBABjw~x~y", [5, 6]),
        ("DBABrw~x~x~x~x~x", [5, 6]),
    ],
)
def test_the_header_says_which_sections_follow(text: str, numbers: list[int]) -> None:
    """The examples of the specification, and one whose sections are too many."""
    seen = read_gpp_string(text)
    read = [number for number, _ in seen.sections] if isinstance(seen, GppString) else numbers
    assert read == numbers


@pytest.mark.parametrize(("number", "version", "name"), CHOICES)
def test_an_opt_out_counts_in_every_section_that_knows_it(
    number: int, version: int, name: str
) -> None:
    """Selling, sharing and targeted advertising are what an advertiser does with an event."""
    assert read(a_gpp_string({number: us(number, version, **{name: 1})})).opt_out


@pytest.mark.parametrize(("number", "version", "form"), FORMS)
def test_everything_else_said_with_a_yes_is_no_opt_out(
    number: int, version: int, form: tuple[tuple[str, int], ...]
) -> None:
    """Notices that were given, and consents, do not limit what may be done."""
    others = {name: 1 for name, _ in form if name not in OPT_OUTS}
    seen = read(a_gpp_string({number: us(number, version, **others)}))
    ((_, section),) = seen.sections
    assert isinstance(section, UsSection)
    assert (section.name, section.version) == (SECTIONS[number].name, version)
    assert not seen.opt_out


@pytest.mark.parametrize("number", [n for n, layout in SECTIONS.items() if not layout.sensitive])
def test_global_privacy_control_is_an_opt_out(number: int) -> None:
    """The browser objects for the person, whatever was clicked."""
    assert read(a_gpp_string({number: f"{us(number)}.{GPC}"})).opt_out
    assert not read(a_gpp_string({number: f"{us(number)}.{base64url('010', 6)}"})).opt_out


@pytest.mark.parametrize("number", [n for n, layout in SECTIONS.items() if layout.sensitive])
def test_a_consent_for_sensitive_data_is_not_global_privacy_control(number: int) -> None:
    """Its first choice would look like one."""
    assert not read(a_gpp_string({number: f"{us(number)}.{base64url('01' * 8)}"})).opt_out


def test_the_national_section_is_read_in_all_forms_that_were_written() -> None:
    """The IAB's own library wrote the fields of version 2 under the number of version 1."""
    mixed = base64url(f"{1:06b}{'10' * 6}{'01'}{'10' * 25}")
    assert read(a_gpp_string({7: mixed})).opt_out


def test_europe_and_america_are_read_from_one_string() -> None:
    """One string may speak for several places."""
    seen = read(a_gpp_string({2: a_tc_string([1, 7]), 5: "x", 6: "1YYN", 8: us(8)}))
    assert seen.tcf is not None
    assert seen.tcf.allows([1, 7])
    assert seen.opt_out
    assert isinstance(seen.sections[1][1], LeftOut)


UNREADABLE = {
    "nothing": ("", "empty"),
    "a TC string": (a_tc_string(), "not base64url"),
    "a TC string's core": (a_tc_string().split(".")[0], "does not begin as a GPP string"),
    "version 2": (base64url(f"{3:06b}{2:06b}{0:012b}"), "does not begin as a GPP string"),
    "no base64url": ("DB+A", "not base64url"),
    "a cut header": ("DBAB", "cut short"),
    "a cut list": ("DBACNY~1YNN", "more sections than it has"),
    "a section too many": ("DBAA~1YNN", "more sections than its header"),
    "a header that goes on": ("DBAAB", "longer than its format"),
    "a range without an end": (
        base64url(f"{3:06b}{1:06b}{1:012b}1{'11'}{'0' * 40}11"),
        "cut short",
    ),
    "a huge range": (base64url(f"{3:06b}{1:06b}{1:012b}111{'0' * 28}11") + "~x", "more sections"),
    "a section that is not known": (a_gpp_string({28: "BAAA"}), "section 28: it is not known"),
    "an empty section": (a_gpp_string({8: ""}), "section 8: a part is empty"),
    "an empty section elsewhere": (a_gpp_string({5: ""}), "section 5: it is empty"),
    "a version that is not known": (a_gpp_string({8: us(8)[:1] + "x"}), "section 8"),
    "version 3": (a_gpp_string({7: base64url(f"{3:06b}" + "10" * 30)}), "version is not known"),
    "a choice of 3": (a_gpp_string({8: us(8, SaleOptOut=3)}), "neither yes nor no"),
    "a cut section": (a_gpp_string({8: us(8)[:5]}), "section 8: it is cut short"),
    "more than its fields": (a_gpp_string({8: us(8) + "AAAA"}), "longer than its format"),
    "three parts": (a_gpp_string({8: f"{us(8)}.{GPC}.{GPC}"}), "too many parts"),
    "an empty part": (a_gpp_string({8: f"{us(8)}."}), "section 8: a part is empty"),
    "an unknown part": (a_gpp_string({8: f"{us(8)}.{base64url('111')}"}), "unknown kind"),
    "a cut TC string": (a_gpp_string({2: a_tc_string()[:20]}), "section 2: it is cut short"),
    "an odd US Privacy": (a_gpp_string({6: "1YXN"}), "section 6: it is not a US Privacy string"),
}


@pytest.mark.parametrize(("text", "because"), UNREADABLE.values(), ids=UNREADABLE)
def test_what_is_not_whole_and_valid_is_unreadable(text: str, because: str) -> None:
    """A cut string must not look like one in which nobody opted out."""
    assert because in fault(text)


@pytest.mark.parametrize(
    ("text", "opt_out"),
    [("1YNN", False), ("1YYN", True), ("1---", False), ("1-Y-", True), ("1yyn", True)],
)
def test_us_privacy_says_whether_sale_was_opted_out_of(text: str, opt_out: bool) -> None:
    """The third letter is the person's choice."""
    assert read_us_privacy(text) == UsPrivacy(opt_out)


@pytest.mark.parametrize("text", ["", "1YN", "1YNNN", "2YNN", "1XNN", "1YNN\n", "\u0661YNN"])
def test_other_us_privacy_strings_are_unreadable(text: str) -> None:
    """Four characters, and version 1 is the only one there ever was."""
    assert isinstance(read_us_privacy(text), Unreadable)


@given(st.text() | st.from_regex(r"DB[A-Za-z0-9_-]{0,20}(~[A-Za-z0-9_.-]{0,60}){0,4}"))
def test_no_text_makes_it_raise(text: str) -> None:
    """The strings come from browsers."""
    assert isinstance(read_gpp_string(text), GppString | Unreadable)


@given(st.sampled_from(sorted(SECTIONS)), st.data())
def test_an_opt_out_more_is_never_an_opt_out_less(number: int, data: st.DataObject) -> None:
    """Whatever else was chosen, a yes to an opt-out opts out."""
    form = SECTIONS[number].cores[1][0]
    said = {name: data.draw(st.integers(0, 2), label=name) for name, _ in form}
    (opting, *_) = [name for name, _ in form if name in OPT_OUTS]
    assert read(a_gpp_string({number: us(number, **{**said, opting: 1})})).opt_out

import phonenumbers
import pytest
from hypothesis import given
from hypothesis import strategies as st
from phonenumbers import PhoneNumberFormat, PhoneNumberType

from tandemgate.core.phone import PhoneResult, by_library, e164

CALLING_CODES = sorted(phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
REGIONS = sorted(phonenumbers.SUPPORTED_REGIONS)
PREFIXES = ("", "0", "00", "1", "8", "9", "15", "044", "0800")


@pytest.mark.parametrize(
    ("raw", "region", "number", "reason"),
    [
        ("+49 170 1234567", None, "+491701234567", None),
        ("(+1)2133734253", None, "+12133734253", None),
        ("0049 170 1234567", None, "+491701234567", None),
        ("(00 49) 170-1234567", None, "+491701234567", None),
        ("0170 1234567", "DE", "+491701234567", None),
        ("0170 1234567", "de-by", "+491701234567", None),
        ("0170 1234567", None, None, "phone_region_unknown"),
        ("0170 1234567", "", None, "phone_region_unknown"),
        ("044 123 456", "XK", "+38344123456", None),
        # "Germany" begins as Georgia does.
        ("0170 1234567", "Germany", None, "phone_region_unknown"),
        ("0170 1234567", "ZZ", None, "phone_region_unknown"),
        # The national zero is no part of the international number,
        ("+4901701234567", None, "+491701234567", None),
        ("+49 (0)170 1234567", None, "+491701234567", None),
        # except in Italy, where it is.
        ("+39 06 1234567", None, "+39061234567", None),
        ("06 1234567", "IT", "+39061234567", None),
        # Argentina's mobiles have a 15 inside the country and a 9 outside of it;
        ("011 15-2345-6789", "AR", "+5491123456789", None),
        ("+54 9 11 2345-6789", None, "+5491123456789", None),
        ("+54 11 15 2345 6789", None, "+5491123456789", None),
        # Mexico gave its mobile 1 up in 2019.
        ("+52 1 55 1234 5678", None, "+5215512345678", "phone_not_possible"),
        ("1-800-FLOWERS", "US", "+18003569377", None),
        ("+1 800 FLOWERS", None, "+18003569377", None),
        ("+49 170 1234567 ext. 12", None, "+491701234567", None),
        ("tel:+49-170-1234567", None, "+491701234567", None),
        ("tel:0170-1234567;phone-context=+49", None, "+491701234567", None),
        ("\uff0b\uff14\uff19 170 1234567", None, "+491701234567", None),
        ("\uff10\uff10\uff14\uff19 170 1234567", None, "+491701234567", None),
        ("+٤٩١٧٠١٢٣٤٥٦٧", None, "+491701234567", None),
        ("\u00a0+49\u00a0170\u00a01234567", None, "+491701234567", None),
        # Not possible, and yet somebody's: seven to fifteen digits are kept.
        ("+49 1", None, None, "phone_invalid"),
        ("+1 213 373 42", None, "+121337342", "phone_not_possible"),
        ("+1 213 373 42534", None, "+121337342534", "phone_not_possible"),
        ("+999 1234567", None, None, "phone_invalid"),
        ("+0 1234567", None, None, "phone_invalid"),
        # Austria's shortest numbers and Germany's longest are no E.164: seven to fifteen digits.
        ("+43 1234", None, None, "phone_invalid"),
        ("+43 12345", None, "+4312345", None),
        ("+49 1234567890123", None, "+491234567890123", None),
        ("+49 12345678901234", None, None, "phone_invalid"),
        # In national form there is no kinder reading of a wrong length.
        ("213 373 42", "US", None, "phone_invalid"),
        ("213 373 42534", "US", None, "phone_invalid"),
        ("12", "DE", None, "phone_invalid"),
        ("123456789012345678", "DE", None, "phone_invalid"),
        ("hello", "DE", None, "phone_invalid"),
        ("+", None, None, "phone_invalid"),
        ("", None, None, "phone_invalid"),
        ("00", None, None, "phone_invalid"),
        ("+" + "1" * 300, None, None, "phone_invalid"),
    ],
)
def test_a_phone_is_written_in_e164_or_left_out(
    raw: str, region: str | None, number: str | None, reason: str | None
) -> None:
    """A digit too many, or a guessed country, would match nobody or somebody else."""
    assert e164(raw, region) == PhoneResult(number, reason)


@st.composite
def international(draw: st.DrawFn) -> str:
    """Make what people write behind a plus: any calling code, plausible digits, loose spelling."""
    code = draw(st.sampled_from(CALLING_CODES) | st.integers(1, 999))
    prefix = draw(st.sampled_from(PREFIXES))
    digits = f"{code}{prefix}{draw(st.text('0123456789', min_size=1, max_size=13))}"
    gaps = draw(st.lists(st.sampled_from(["", "", "", " ", "-", ".", "(", ")", " ("]), max_size=8))
    spelled = "".join(
        gap + digit
        for gap, digit in zip(gaps + [""] * (len(digits) - len(gaps)), digits, strict=False)
    )
    return "+" + spelled + digits[len(gaps) :] * (len(gaps) > len(digits))


@given(raw=international(), region=st.none() | st.sampled_from(REGIONS))
def test_the_fast_path_agrees_with_the_library(raw: str, region: str | None) -> None:
    """The Pixel's side uses the library, so being faster must never mean being different."""
    assert e164(raw, region) == by_library(raw, region)


@given(
    code=st.sampled_from(CALLING_CODES),
    prefix=st.sampled_from(PREFIXES),
    digits=st.text("0123456789", min_size=3, max_size=12),
)
def test_compact_numbers_of_every_plan_agree_with_the_library(
    code: int, prefix: str, digits: str
) -> None:
    """Most callers send this form, and each country drops its own prefixes."""
    raw = f"+{code}{prefix}{digits}"
    assert e164(raw, None) == by_library(raw, None)


@pytest.mark.parametrize("region", REGIONS)
def test_the_examples_of_every_country_agree_with_the_library(region: str) -> None:
    """Every kind of number that a country has is read alike in its usual spellings."""
    kinds = [
        number
        for kind in PhoneNumberType.values()
        if (number := phonenumbers.example_number_for_type(region, kind)) is not None
    ]
    spellings = [
        (phonenumbers.format_number(number, spelling), region)
        for number in kinds
        for spelling in (PhoneNumberFormat.E164, PhoneNumberFormat.INTERNATIONAL)
    ]
    assert spellings
    assert [e164(*each) for each in spellings] == [by_library(*each) for each in spellings]


@given(raw=st.text(), region=st.none() | st.sampled_from(REGIONS) | st.text(max_size=5))
def test_any_text_gets_an_answer(raw: str, region: str | None) -> None:
    """What a stranger types is data, never an exception."""
    result = e164(raw, region)
    assert (result.number is None) <= (result.reason is not None)

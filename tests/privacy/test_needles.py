"""The search itself: every proof of privacy is worth as much as its needles."""

import base64
import json
from collections.abc import Callable
from hashlib import sha256
from html import escape
from urllib.parse import quote, quote_plus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.privacy.canaries import EVERYTHING
from tests.privacy.needles import Canary, found_in, needles

EMAIL = "Quirin+tt@canary.example"
CANARY = Canary("email", (EMAIL,), (EMAIL.lower(),))
WANTED = needles([CANARY])

WRITTEN: dict[str, Callable[[str], bytes]] = {
    "raw": str.encode,
    "upper-case": lambda text: text.upper().encode(),
    "lower-case": lambda text: text.lower().encode(),
    "in a URL": lambda text: quote(text, safe="").encode(),
    "in a query": lambda text: quote_plus(text).encode(),
    "in a URL in a URL": lambda text: quote(quote(text, safe=""), safe="").encode(),
    "in a URL, lower-case hex": lambda text: quote(text, safe="").lower().encode(),
    "only @ encoded": lambda text: text.replace("@", "%40").encode(),
    "in JSON": lambda text: json.dumps(text).encode(),
    "in JSON in JSON": lambda text: json.dumps(json.dumps(text)).encode(),
    "in JSON with \\u0040": lambda text: text.replace("@", "\\u0040").replace("+", "\\u002b")
    .replace(".", "\\u002e").encode(),
    "in HTML": lambda text: escape(text).encode(),
    "hex": lambda text: text.encode().hex().encode(),
    "HEX": lambda text: text.encode().hex().upper().encode(),
    "backwards": lambda text: text[::-1].encode(),
    "UTF-16": lambda text: text.encode("utf-16"),
    "digest": lambda text: sha256(text.lower().encode()).digest(),
    "hex digest": lambda text: sha256(text.lower().encode()).hexdigest().encode(),
    "HEX digest": lambda text: sha256(text.lower().encode()).hexdigest().upper().encode(),
    "digest in base64": lambda text: base64.b64encode(sha256(text.lower().encode()).digest()),
}  # fmt: skip


@pytest.mark.parametrize("write", WRITTEN.values(), ids=list(WRITTEN))
def test_each_way_of_writing_is_found(write: Callable[[str], bytes]) -> None:
    """Written by other means than the search uses, so that one mistake can't hide in both."""
    assert found_in(b"\x00before " + write(EMAIL) + b" after\xff", WANTED)


@given(st.binary(max_size=9), st.binary(max_size=9))
def test_base64_is_found_wherever_the_text_lies_in_it(before: bytes, after: bytes) -> None:
    """A dumped body is encoded as a whole, so what stands before the text shifts it."""
    whole = before + EMAIL.encode() + after
    assert found_in(base64.b64encode(whole), WANTED)
    assert found_in(base64.urlsafe_b64encode(whole), WANTED)


SPELLINGS = st.text(st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]), min_size=9)


@given(SPELLINGS, st.sampled_from(["raw", "in a URL", "in JSON", "in JSON in JSON", "backwards"]))
def test_any_text_is_found(text: str, how: str) -> None:
    """Names are not ASCII, and a law finds the letter that an example does not have."""
    assert found_in(WRITTEN[how](text), needles([Canary("name", (text,))]))


@given(st.binary(max_size=400))
def test_noise_is_not_taken_for_it(noise: bytes) -> None:
    """Sealed bytes are noise; a search that cries wolf would be switched off."""
    assert found_in(noise, WANTED) == []


def test_another_person_is_not_taken_for_it() -> None:
    """The proof is about this person, and must tell which needle it found."""
    assert found_in(b"quirin+tt@other.example " + b"35a3b30f" * 8, WANTED) == []
    (found,) = found_in(EMAIL.encode()[::-1], WANTED)
    assert (found.about, found.form) == ("email", "backwards")


EACH = needles(EVERYTHING)


@pytest.mark.parametrize("about", sorted({needle.about for needle in EACH}))
def test_each_form_of_each_canary_is_found_among_noise(about: str) -> None:
    """What is planted into a copy of a file is found there, whatever it is and however written."""
    noise = bytes(range(256)) * 8
    planted = [needle for needle in EACH if needle.about == about]
    missed = [one for one in planted if one not in found_in(noise + one.text + noise, EACH)]
    assert (len(planted) > 10, missed) == (True, [])
    assert found_in(noise, EACH) == []

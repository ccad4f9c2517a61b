import json
import sys

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from tandemgate.core.neatness import eased, is_neat

BLANKS = [letter for letter in map(chr, range(sys.maxunicode)) if letter.isspace()]


@pytest.mark.parametrize("blank", BLANKS, ids=ascii)
@pytest.mark.parametrize("ensure_ascii", [True, False], ids=["escaped", "as it is"])
def test_no_body_with_a_blank_text_is_neat(blank: str, *, ensure_ascii: bool) -> None:
    """Every space that there is, alone and before others."""
    for text in (blank, blank * 2, f"{blank} "):
        body = json.dumps({"a": "b", "c": text}, ensure_ascii=ensure_ascii).encode()
        assert not is_neat(body)


NEAT = [
    b'{"a":"b c"}',
    b'{"a": "b", "c": ["d", 1, null]}',
    b'{"a": ":b", "c": ""}',
    '{"a": "Kölner Straße", "b": "łódź"}'.encode(),
]
NOT_NEAT = [
    b'{"a" :"b"}',
    b'{"a"\n:"b"}',
    b'{"a"\t:"b"}',
    b'{"a"\r:"b"}',
    b'{"a": "\\u003a"}',
    b'{"a": "\\""}',
    b'{"a": " b"}',
]


@pytest.mark.parametrize("body", NEAT)
def test_what_most_serializers_write_is_neat(body: bytes) -> None:
    """Else the quick way would be one that nobody takes."""
    assert is_neat(body)


@pytest.mark.parametrize("body", NOT_NEAT)
def test_where_a_name_may_end_otherwise_no_body_is_neat(body: bytes) -> None:
    """An end of a name that is not seen could make up for one that is lost."""
    assert not is_neat(body)


@given(st.text(st.sampled_from('\\/"un0a \n'), max_size=12), st.sampled_from(["/", "\\/"]))
@example("\\/", "/")
def test_an_eased_text_says_the_same(text: str, slash: str) -> None:
    """Also where a backslash that is a letter of the text comes before a slash."""
    body = json.dumps({"a": text}).replace("/", slash).encode()
    assert json.loads(eased(body)) == {"a": text}


def test_a_body_that_is_eased_can_be_neat() -> None:
    """Shops in PHP need not be told of JSON_UNESCAPED_SLASHES."""
    assert eased(b'{"url":"https:\\/\\/shop.example\\/a"}') == b'{"url":"https://shop.example/a"}'


@given(st.binary(max_size=12) | st.text(st.sampled_from('\\/"{}:a'), max_size=12).map(str.encode))
def test_nothing_is_json_because_it_was_eased(body: bytes) -> None:
    """A slash that is escaped where no text is stays as wrong as it was."""
    assert _read(eased(body)) == _read(body)


def _read(body: bytes) -> object:
    try:
        return repr(json.loads(body))
    except (ValueError, UnicodeDecodeError):
        return None

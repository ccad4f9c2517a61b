"""What bytes alone say of a body, which is where a quick road would go wrong unseen."""

import json
import re
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.ordinary import read_ordinary
from tandemgate.model.event import Envelope
from tests.build import an_item
from tests.core.roads import EVERYTHING, differs, written

NULLS = an_item(session=None, refs=None, user={"ip": None}, properties={"query": None})
COMPACT: dict[str, Any] = {"separators": (",", ":")}
PLAIN = json.loads(json.dumps(EVERYTHING, ensure_ascii=False).encode("ascii", "ignore"))
IN_ONE_STEP: dict[str, bytes] = {
    "without an escape": written(an_item(), PLAIN, **COMPACT),
    "without an escape, and with spaces": written(PLAIN, an_item()),
    "as browsers write it": written(an_item(), EVERYTHING, ensure_ascii=False, **COMPACT),
    "as Python does": written(an_item(), EVERYTHING),
    "as PHP does": written(an_item(), EVERYTHING, **COMPACT).replace(b"/", b"\\/"),
    "as PHP does, with a backslash in a text": written(
        an_item(properties={"order_id": "a\\/b", "query": "a\\"}), PLAIN, **COMPACT
    ).replace(b"/", b"\\/"),
    "for people": written(an_item(), EVERYTHING, indent=2),
    "with a space before each colon": written(an_item(), separators=(",", " : ")),
    "with nulls, as most serializers write what is not there": written(NULLS, **COMPACT),
    "with a null in the envelope": written(NULLS).replace(
        b'{"event_source"', b'{"test_event_code": null, "event_source"'
    ),
    "in inches": written(an_item(properties={"query": 'desk 24" wide'})),
    "in lines": written(an_item(properties={"description": "two\nlines\tand a \\ in them"})),
    "with a colon first": written(an_item(properties={"query": ":-)"}), **COMPACT),
}


@pytest.mark.parametrize("body", IN_ONE_STEP.values(), ids=IN_ONE_STEP)
def test_whoever_wrote_it_is_read_in_one_step(body: bytes) -> None:
    """Nobody needs to change a serializer for the gateway to be quick."""
    assert isinstance(read_ordinary(body, 10), Envelope)
    assert differs(body) is None


def test_a_decoder_lets_no_control_character_pass_in_a_text() -> None:
    """So a text of spaces begins with the space bar's, or has an escape, or is not ASCII."""
    for code in range(0x20):
        with pytest.raises(msgspec.DecodeError):
            msgspec.json.decode(b'{"a": "%c"}' % code)
    blanks = [code for code in range(0x20, 0x80) if chr(code).isspace()]
    assert blanks == [ord(" ")]


def test_a_decoder_takes_four_spaces_before_a_colon() -> None:
    """So each name of a body without any of these ends in a quote and a colon."""
    taken = []
    for code in range(0x100):
        try:
            msgspec.json.decode(b'{"a"%c:1}' % code)
        except (msgspec.DecodeError, UnicodeDecodeError):
            continue
        taken.append(code)
    assert bytes(taken) == b"\t\n\r "


BODY = written(an_item())
HEAD = b'{"event_source"'
TRICKS: dict[str, bytes] = {
    "a denial hidden by a second key": BODY.replace(
        b'"ad_user_data":', b'"ad_user_data": "DENIED", "ad_user_data":'
    ),
    "the quotes of a second key made up for by escaped ones": BODY.replace(
        b'"ad_user_data":', b'"ad_user_data": "DENIED", "ad_user_data":'
    ).replace(b"Mozilla", b"\\u0022\\u0022\\u0022\\u0022"),
    "a second key in the envelope": BODY.replace(HEAD, b'{"data": [], "event_source"'),
    "a second key with space before its colon": BODY.replace(
        b'"event_id":', b'"event_id" : "x", "event_id":'
    ),
    "a denial hidden by a second key, as tightly as can be": BODY.replace(
        b'"ad_user_data": ', b'"ad_user_data":"DENIED","ad_user_data":'
    ),
    "a second key after a null": BODY.replace(
        b'"ad_user_data":', b'"ad_user_data": null, "ad_user_data":'
    ),
    "a second key of nulls": BODY.replace(
        b'"event_id":', b'"session": null, "session": null, "event_id":'
    ),
    "a second key, with a text that begins like the end of one": BODY.replace(
        b'"event_id":', b'"session" :":x", "session":":x", "event_id":'
    ),
    "a second key after a line": BODY.replace(b'"event_id":', b'"event_id"\n:"x", "event_id":'),
    "a second key after a tab": BODY.replace(b'"event_id":', b'"event_id"\t:"x", "event_id":'),
    "a second key after a return": BODY.replace(b'"event_id":', b'"event_id"\r:"x", "event_id":'),
    "a second key, made up for by a colon that is escaped": BODY.replace(
        b'"event_id":', b'"session": "x", "session": "\\u003a", "event_id":'
    ),
    "a second key, made up for by quotes that are escaped": BODY.replace(
        b'"event_id":', b'"session": "", "session": "\\u0022\\u0022\\u0022\\u0022", "event_id":'
    ),
    "a second key, made up for by a name that is missing": BODY.replace(
        b'"event_source": "web", ', b""
    ).replace(b'"event_id":', b'"session": "x", "session": "x", "event_id":'),
    "a second key that is escaped": BODY.replace(
        b'"event_id":', b'"event_i\\u0064": "x", "event_id":'
    ),
    "an unknown field of the envelope": BODY.replace(HEAD, b'{"x": 1, "event_source"'),
    "a NUL": BODY.replace(b"Mozilla", b"\\u0000"),
    "a NUL beside an odd event": written(an_item(session="\0"), an_item(colour="red")),
    "half a surrogate": BODY.replace(b"Mozilla", b"\\ud800"),
    "bytes that are no UTF-8": BODY.replace(b"Mozilla", b"\xff"),
    "a number that is no number": BODY.replace(b"129.95", b"1e999"),
    "minus nothing": BODY.replace(b"129.95", b"-0.0"),
    "cut short": BODY[:-1],
    "more than an envelope": BODY + b"{}",
    "no list": BODY.replace(b'"data"', b'"date"'),
    "deep": BODY.replace(HEAD, b'{"x": ' + b"[" * 40 + b"]" * 40 + b', "event_source"'),
}  # fmt: skip


@pytest.mark.parametrize("body", TRICKS.values(), ids=TRICKS)
def test_no_trick_of_bytes_tells_the_roads_apart(body: bytes) -> None:
    """What a decoder swallows silently is where a quick road would go wrong."""
    assert differs(body) is None


@st.composite
def misprinted(draw: st.DrawFn) -> bytes:
    """Draw the bytes of ordinary events of which one is another, one too many or missing."""
    body = draw(st.sampled_from(sorted(IN_ONE_STEP.values())))
    at = draw(st.integers(0, len(body) - 1))
    letter = draw(
        st.sampled_from([bytes([code]) for code in b'":,{}[] \n\t\\+@%09eE-n'] + [b"\xc2\xa0"])
    )
    return (
        draw(st.sampled_from([body[:at] + letter, body[:at], body[: at + 1] + letter]))
        + body[at + 1 :]
    )


@given(misprinted())
def test_a_misprint_is_the_same_on_both_roads(body: bytes) -> None:
    """Whatever one byte makes of a body."""
    assert differs(body) is None


FIELD = re.compile(rb'"([a-z_]+)" ?: ?("[^"\\]*"|[0-9.]+|true|false|null)')


@st.composite
def doubled(draw: st.DrawFn) -> bytes:
    """Draw the bytes of ordinary events of which one has a name twice, however it is written."""
    body = draw(st.sampled_from(sorted(IN_ONE_STEP.values())))
    field = draw(st.sampled_from([*FIELD.finditer(body)]))
    colon = draw(st.sampled_from([b":", b" :", b": ", b"\n:", b"\t: "]))
    others = [
        b"null",
        b'":"',
        b'":":"',
        b'"\\u003a"',
        b'"\\u0022\\u0022"',
        b'""',
        b"0",
        b'"DENIED"',
    ]
    value = draw(st.sampled_from([field[2], *others]))
    again = b'"%b"%b%b' % (field[1], colon, value)
    pair = draw(st.sampled_from([(again, field[0]), (field[0], again)]))
    return body[: field.start()] + b",".join(pair) + body[field.end() :]


@given(doubled())
def test_no_second_name_tells_the_roads_apart(body: bytes) -> None:
    """A second ad_user_data that is read silently would turn a denial into a grant."""
    assert not isinstance(read_ordinary(body, 10), Envelope)
    assert differs(body) is None

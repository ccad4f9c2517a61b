"""A file may hold an envelope, an event, or a list of either, and keeps its bytes."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.cli.ending import Failure
from tandemgate.cli.payload import Envelope, envelopes

ENVELOPE = b'{"event_source": "web", "event_source_id": "C9",  "data": []}'
EVENT = b'{"event": "Search", "event":  "Search"}'


def test_an_envelope_is_sent_as_it_was_written() -> None:
    """What the gateway answers must be about the file, not about our idea of it."""
    assert envelopes(ENVELOPE, None) == [Envelope(ENVELOPE)]


def test_an_event_gets_an_envelope_around_its_own_bytes() -> None:
    """A key given twice must still be there twice when the gateway looks at it."""
    (wrapped,) = envelopes(EVENT, "C9")
    assert EVENT in wrapped.body
    assert json.loads(wrapped.body)["event_source_id"] == "C9"
    assert wrapped.wrapped


def test_an_event_without_a_pixel_says_what_to_add() -> None:
    """Nothing in a bare event says where it belongs."""
    with pytest.raises(Failure, match="which pixel") as failure:
        envelopes(EVENT, None)
    assert "--pixel" in failure.value.way_out


def test_a_list_holds_envelopes_and_events() -> None:
    """A log of yesterday's requests can be sent as it is."""
    found = envelopes(b"[" + ENVELOPE + b", " + EVENT + b"]", "C9")
    assert [each.pointer for each in found] == ["/0", "/1"]
    assert found[0].body == ENVELOPE
    assert found[1].wrapped


@given(st.binary())
def test_anything_else_is_one_body(content: bytes) -> None:
    """The reader of bodies explains what is wrong with it; splitting must not."""
    assert envelopes(content, "C9")

import gzip
import json
import zlib
from functools import partial
from time import process_time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.core.envelope import (
    Unreadable,
    check_envelope,
    inflate,
    raw_events,
    read_envelope,
)
from tandemgate.model.event import Channel, Envelope, Source
from tests.build import PIXEL, an_envelope, an_item, processed

zipped = partial(gzip.compress, mtime=0)
"""Without the time of day: it would give each worker other names for the same examples."""

HEAD = b'{"event_source":"web","event_source_id":"P","data":'

UNREADABLE = {
    b"": ("not_json", 400),
    b"hello": ("not_json", 400),
    HEAD + b"[{]}": ("not_json", 400),
    HEAD + b"[]} trailing": ("not_json", 400),
    HEAD + b'[{"event":"raw \x00 byte"}]}': ("not_json", 400),
    b"\xef\xbb\xbf" + HEAD + b"[]}": ("body_encoding", 400),
    (HEAD + b"[]}").decode().encode("utf-16"): ("body_encoding", 400),
    (HEAD + b"[]}").decode().encode("utf-16-le"): ("body_encoding", 400),
    HEAD + b'[{"event":"\xff"}]}': ("body_encoding", 400),
    HEAD + b'[{"event_time":NaN}]}': ("number_not_finite", 400),
    HEAD + b'[{"value": -Infinity}]}': ("number_not_finite", 400),
    HEAD + b'[{"value":1e999}]}': ("number_not_finite", 400),
    HEAD + b'[{"value":' + b"9" * 5000 + b"}]}": ("number_not_finite", 400),
    HEAD + b'[{"event":"\\ud800","value":1e999}]}': ("not_json", 400),
    HEAD + b"[" * 100_000: ("too_deep", 400),
    b'{"data":' * 100_000: ("too_deep", 400),
    HEAD + b"[" * 33 + b"]" * 33 + b"}": ("too_deep", 400),
    b"[]": ("envelope_not_object", 400),
    b'"text"': ("envelope_not_object", 400),
    b"{}": ("data_not_list", 400),
    HEAD + b"{}}": ("data_not_list", 400),
    HEAD + b"null}": ("data_not_list", 400),
    HEAD + b'[],"data":[]}': ("key_repeated", 400),
    HEAD + b'[],"extra":{"a":1,"a":2}}': ("key_repeated", 400),
    HEAD + b"[" + b"1," * 1000 + b"1]}": ("too_many_events", 413),
}


@pytest.mark.parametrize(("body", "expected"), UNREADABLE.items(), ids=range(len(UNREADABLE)))
def test_an_unreadable_body_gets_one_precise_problem(
    body: bytes, expected: tuple[str, int]
) -> None:
    """Who sends rubbish must learn which rubbish, and no worker may stumble over it."""
    found = read_envelope(body)
    assert isinstance(found, Unreadable)
    assert (found.problem.reason, found.http_status) == expected


@pytest.mark.parametrize(("lists", "readable"), [(31, True), (32, False)])
def test_thirty_two_levels_are_the_limit(lists: int, readable: bool) -> None:
    """The limit is a promise to callers, so it lies exactly where it is documented."""
    found = read_envelope(HEAD + b"[" * lists + b"]" * lists + b"}")
    assert isinstance(found, Envelope) is readable


def test_depth_that_a_repeated_key_hides_is_refused_as_well() -> None:
    """What the first of two equal keys holds is gone from the decoded tree, not from the body."""
    for depth in range(100, 1100):
        hidden = b"[" * depth + b"]" * depth
        found = read_envelope(HEAD[:-7] + b'"x":' + hidden + b',"x":1,"data":[]}')
        assert isinstance(found, Unreadable)


@pytest.mark.parametrize(
    "body",
    [
        HEAD + b"[" * 500_000,
        b'{"a":' * 200_000,
        HEAD + b'[{"a":1,"a":2,' + b'"b":1,' * 150_000 + b'"c":1}]}',
        HEAD + b"[" + b'{"a":1,"a":2},' * 70_000 + b"1]}",
        HEAD + b'["' + b"\\ud800" * 150_000 + b'"]}',
        b'"' * 1_000_000,
        HEAD + b'["' + b'\\" ' * 300_000 + b'"]}',
        HEAD + b'["' + b'\\":' * 300_000 + b'"]}',
        HEAD + b'[{"' + b" " * 900_000 + b'":1}]}',
        b'{"a"' + b" " * 900_000 + b":1}",
        b"-" * 900_000,
    ],
    ids=range(11),
)
def test_a_hostile_megabyte_costs_no_more_than_reading_it(body: bytes) -> None:
    """One request must not take the time of thousands; a second of CPU is generous."""
    started = process_time()
    read_envelope(body)
    assert process_time() - started < 1.0


@given(st.binary(max_size=200) | st.binary(max_size=60).map(lambda noise: HEAD + noise))
def test_no_bytes_make_reading_raise(body: bytes) -> None:
    """An exception would answer 500 to what is the caller's mistake."""
    assert isinstance(read_envelope(body), Envelope | Unreadable)


@given(st.data())
def test_a_damaged_envelope_never_raises(data: st.DataObject) -> None:
    """Bodies are cut and altered on their way."""
    body = bytearray(json.dumps(an_envelope(an_item(), an_item(event_id="\ud800"))).encode())
    place = data.draw(st.integers(0, len(body) - 1))
    body[place : place + data.draw(st.integers(0, 8))] = data.draw(st.binary(max_size=4))
    assert isinstance(read_envelope(bytes(body)), Envelope | Unreadable)


def read(body: bytes) -> Envelope:
    """Read a body that must be readable."""
    envelope = read_envelope(body)
    assert isinstance(envelope, Envelope)
    return envelope


def test_the_events_come_out_in_their_order() -> None:
    """An answer names events by their place, so the place must be the caller's."""
    body = json.dumps(an_envelope(an_item(event_id="a"), 7, test_event_code="TEST1")).encode()
    first, second = raw_events(read(body), source=Source.BACKEND, verified=True)
    assert (first.pointer, first.index, second.pointer, second.item) == ("/data/0", 0, "/data/1", 7)
    assert (first.lane.pixel_id, first.lane.channel) == (PIXEL, Channel.TEST)


def test_a_missing_test_event_code_means_live() -> None:
    """A test code that nobody sent must never divert a live order."""
    (raw,) = raw_events(
        read(json.dumps(an_envelope(an_item(), test_event_code=None)).encode()),
        source=Source.BACKEND,
        verified=True,
    )
    assert raw.lane.channel is Channel.LIVE


@pytest.mark.parametrize(
    ("overrides", "expected"),
    [
        ({}, []),
        ({"partner_name": "shop"}, []),
        ({"event_source": ...}, [("event_source_missing", "/event_source", 40003)]),
        ({"event_source": "app"}, [("event_source_unsupported", "/event_source", 40005)]),
        ({"event_source": 1}, [("event_source_unsupported", "/event_source", 40005)]),
        ({"event_source_id": ...}, [("event_source_id_missing", "/event_source_id", 40003)]),
        ({"event_source_id": 7}, [("event_source_id_invalid", "/event_source_id", 40005)]),
        ({"event_source_id": "a b"}, [("event_source_id_invalid", "/event_source_id", 40005)]),
        ({"test_event_code": 5}, [("test_event_code_invalid", "/test_event_code", 40005)]),
        (
            {"event_source": ..., "event_source_id": None},
            [
                ("event_source_missing", "/event_source", 40003),
                ("event_source_id_missing", "/event_source_id", 40003),
            ],
        ),
    ],
)
def test_what_is_wrong_with_the_envelope_is_known_without_events(
    overrides: dict[str, object], expected: list[tuple[str, str, int]]
) -> None:
    """An empty data list proves key and pixel, so it must not hide a wrong envelope."""
    problems = check_envelope(read(json.dumps(an_envelope(**overrides)).encode()))
    assert [(one.reason, one.field, one.code) for one in problems] == expected


@pytest.mark.parametrize(
    ("source", "received"),
    [(..., "nothing"), ("", ""), ("app", "app"), (7, "7"), ("a@b.example", "a string of 11")],
)
def test_a_wrong_envelope_field_is_shown_as_it_came(source: object, received: str) -> None:
    """Whoever reads the answer must recognize his own mistake, and nobody's email."""
    (found,) = check_envelope(read(json.dumps(an_envelope(event_source=source)).encode()))
    assert found.received.startswith(received)
    assert "@" not in found.received


def test_no_event_survives_a_wrong_envelope_and_its_own_faults_are_told_too() -> None:
    """Whoever mends the envelope should not meet the next problem only then."""
    body = json.dumps(an_envelope(an_item(event_time=...), event_source="crm")).encode()
    (raw,) = raw_events(read(body), source=Source.BACKEND, verified=True)
    assert [one.reason for one in raw.problems] == ["event_source_unsupported"]
    assert "event_source_unsupported" in repr(processed(raw.item, problems=raw.problems))
    assert "event_time_missing" in repr(processed(raw.item, problems=raw.problems))


def test_a_key_given_twice_in_an_event_is_pointed_at_and_leaves_the_neighbours_alone() -> None:
    """Parsers keep the last of two keys, which could turn a denial into a grant."""
    body = (
        HEAD + b'[{"event":"A"},{"consent":{"ad_user_data":"DENIED","ad_user_data" :"GRANTED"}}]}'
    )
    first, second = raw_events(read(body), source=Source.BACKEND, verified=True)
    assert first.repeated_keys == ()
    assert second.repeated_keys == ("/data/1/consent/ad_user_data",)


@pytest.mark.parametrize(
    "name", ['"', '":', '" :', "\\", "a/b", "~", "\x00", "ä", "\ud83d\ude00"], ids=ascii
)
def test_odd_names_and_texts_are_not_taken_for_repeats(name: str) -> None:
    """The quick proof counts what looks like a key; texts may look like one."""
    body = json.dumps(an_envelope({name: f'{name}": 1', "x": '":"'})).encode()
    assert read(body).repeated_keys == ()


@given(st.lists(st.sampled_from(["a", "b", '"', '\\":', "a "]), max_size=5))
def test_repeats_are_found_however_keys_are_written(names: list[str]) -> None:
    """Agreement with counting: a repeat is reported exactly when a name occurs twice."""
    pairs = ",".join(f"{json.dumps(name)} : {json.dumps(name)}" for name in names)
    envelope = read(HEAD + b"[{" + pairs.encode() + b"}]}")
    assert len(envelope.repeated_keys) == len({one for one in names if names.count(one) > 1})


@pytest.mark.parametrize("half", [b"\\ud800", b"\\udc00 x", b"\\uD83D\\uD83D"])
def test_half_a_surrogate_pair_harms_its_own_event_only(half: bytes) -> None:
    """JavaScript cuts emoji in half; the other orders of the batch are sound."""
    body = HEAD + b'[{"event":"ok"},{"event":"' + half + b'"}]}'
    assert len(read(body).data) == 2


def test_beside_half_a_surrogate_pair_everything_is_read_as_ever() -> None:
    """The neighbours are read by another parser then, and must not notice."""
    (first, _) = read(HEAD + b'[{"value":1.5,"n":7,"t":"\\u00e4"},"\\ud800"]}').data
    assert first == {"value": 1.5, "n": 7, "t": "\u00e4"}


@pytest.mark.parametrize(
    ("body", "received"),
    [(b"{}", "nothing"), (b'{"data":null}', "null"), (b'{"data":{}}', "an object")],
)
def test_what_stands_in_place_of_the_list_is_told(body: bytes, received: str) -> None:
    """Missing and null are different mistakes of the caller's code."""
    found = read_envelope(body)
    assert isinstance(found, Unreadable)
    assert found.problem.received == received


@pytest.mark.parametrize(
    ("body", "received"), [(b"123", "3 bytes"), (zipped(b"123"), "more than 2 bytes")]
)
def test_the_size_is_told_as_far_as_it_is_known(body: bytes, received: str) -> None:
    """What a compressed body would inflate to is not found out beyond the limit."""
    found = inflate(body, limit=2)
    assert isinstance(found, Unreadable)
    assert (found.problem.received, found.problem.expected) == (received, "at most 2 bytes")


def test_plain_bodies_pass_inflate_as_they_are() -> None:
    """What gzip looks like is decided by the first bytes, not by what a header says."""
    assert inflate(b"{}", limit=2) == b"{}"
    assert inflate(zipped(b"{}"), limit=2) == b"{}"


def test_several_gzip_members_are_one_body() -> None:
    """Log shippers concatenate compressed chunks, and padding may follow."""
    assert inflate(zipped(b"{") + zipped(b"}") + b"\0\0", limit=2) == b"{}"


@pytest.mark.parametrize(
    ("body", "reason", "status"),
    [
        (b"123", "body_too_large", 413),
        (zipped(b"123"), "body_too_large", 413),
        (zipped(b"1") + zipped(b"23"), "body_too_large", 413),
        (zipped(b"{}")[:-1], "gzip_broken", 400),
        (zipped(b"{}")[:12], "gzip_broken", 400),
        (b"\x1f\x8b", "gzip_broken", 400),
        (b"\x1f\x8bnonsense", "gzip_broken", 400),
        (zipped(b"{}") + b"garbage", "gzip_broken", 400),
        (zipped(b"{}")[:-8] + b"\0" * 8, "gzip_broken", 400),
    ],
)
def test_broken_or_large_bodies_are_refused(body: bytes, reason: str, status: int) -> None:
    """A cut body must not be taken for a shorter one."""
    found = inflate(body, limit=2)
    assert isinstance(found, Unreadable)
    assert (found.problem.reason, found.http_status) == (reason, status)


def test_a_gzip_bomb_is_stopped_at_the_limit() -> None:
    """A kilobyte can inflate to gigabytes; only the limit's worth may ever be held."""
    bomb = zlib.compressobj(9, zlib.DEFLATED, 31)
    body = b"".join(bomb.compress(bytes(10**6)) for _ in range(100)) + bomb.flush()
    started = process_time()
    found = inflate(body, limit=2**20)
    assert isinstance(found, Unreadable)
    assert found.http_status == 413
    assert process_time() - started < 0.5


def test_thousands_of_empty_gzip_members_are_refused_at_once() -> None:
    """Each member costs a copy of the rest, so a megabyte of them would cost gigabytes."""
    body = zipped(b"") * (2**20 // 20)
    started = process_time()
    assert isinstance(inflate(body, limit=2**20), Unreadable)
    assert process_time() - started < 0.5


@given(st.binary(max_size=100))
def test_no_bytes_make_inflate_raise(noise: bytes) -> None:
    """Anybody can send the two bytes by which gzip is recognized."""
    inflate(b"\x1f\x8b\x08" + noise, limit=50)
    inflate(noise, limit=50)

"""What two processes say to each other arrives as it was said, however the system parts it."""

import asyncio
import socket
from typing import TypeAlias

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.wiring.intake.channel import Channel
from tandemgate.wiring.intake.frames import Handed, Known, Ready, Word
from tandemgate.wiring.intake.handing import hand, take

Said: TypeAlias = Handed | Known | Ready
SAID = st.one_of(
    st.builds(Handed, st.integers(0, 2**63), st.binary(max_size=300)),
    st.builds(Known, st.integers(0, 2**63)),
    st.builds(Ready),
)


def nothing() -> None:
    """Do nothing at the end."""


@given(st.lists(SAID, max_size=8), st.lists(st.integers(1, 50), min_size=1))
def test_frames_come_whole_and_in_order(said: list[Said], cuts: list[int]) -> None:
    """A socket is a stream: a frame may come byte by byte, or with its neighbours."""
    heard: list[Word] = []
    text = b"".join(len(one).to_bytes(4, "big") + one for one in map(msgspec.msgpack.encode, said))
    channel = Channel[Word](Word, heard.append, nothing)
    at = turn = 0
    while at < len(text):
        cut = cuts[turn % len(cuts)]
        channel.data_received(text[at : at + cut])
        at, turn = at + cut, turn + 1
    assert heard == said


async def test_both_ends_speak_and_hear() -> None:
    """Over a real pair of sockets, until one of them is gone."""
    heard: list[Word] = []
    ended, told = asyncio.Event(), asyncio.Event()

    def hear(frame: Word) -> None:
        heard.append(frame)
        told.set()

    one, other = Channel[Word](Word, hear, ended.set), Channel[Word](Word, hear, nothing)
    left, right = socket.socketpair()
    await one.open(left)
    await other.open(right)
    large = Handed(1, b"x" * 1_000_000)
    other.say(large)
    await asyncio.wait_for(told.wait(), 5)
    other.close()
    await asyncio.wait_for(ended.wait(), 5)
    one.say(Ready())  # to nobody
    assert heard == [large]


def test_a_connection_crosses_with_its_number() -> None:
    """What the other process holds is the connection itself: it goes on where it was."""
    line, taker = socket.socketpair()
    taker.setblocking(False)
    client, accepted = socket.socketpair()
    assert take(taker) is None
    assert hand(line, accepted, 7)
    accepted.close()
    taken = take(taker)
    assert taken is not None
    number, adopted = taken
    client.sendall(b"hello")
    assert (number, adopted.recv(5)) == (7, b"hello")
    taker.close()
    assert not hand(line, adopted, 8)
    for one in (line, client, adopted):
        one.close()

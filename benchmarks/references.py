"""What the machine itself does, measured in the same run: machines differ, and so do hours."""

import os
import time
from hashlib import sha256
from http.client import HTTPConnection
from pathlib import Path
from urllib.parse import urlsplit

import msgspec

from benchmarks.orders import PIXEL, event
from benchmarks.stage import TOKEN, Simulator

PAGE = b"\0" * 4096


def bare_loop(seconds: float) -> float:
    """Return events a second of the least that any gateway does: decode, three digests, encode."""
    body = event(1, int(time.time()))
    decode, encode = msgspec.json.Decoder().decode, msgspec.json.Encoder().encode
    started, done = time.perf_counter(), 0
    while (took := time.perf_counter() - started) < seconds:
        item = decode(body)
        user = item["user"]
        for name in ("email", "phone", "external_id"):
            user[name] = sha256(user[name].encode()).hexdigest()
        encode(item)
        done += 1
    return done / took


def syncs(folder: Path, times: int) -> list[float]:
    """Return sorted seconds of *times* appends of a page that were made durable one by one."""
    file = folder / "fsync"
    taken = []
    descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
    try:
        for _ in range(times):
            started = time.perf_counter()
            os.write(descriptor, PAGE)
            os.fsync(descriptor)
            taken.append(time.perf_counter() - started)
    finally:
        os.close(descriptor)
        file.unlink()
    return sorted(taken)


def one_by_one(tiktok: Simulator, seconds: float) -> tuple[float, float]:
    """Send an event at a time over a connection of its own, and wait; as ``requests.post`` does.

    Returns events a second, and events for each second of CPU.
    """
    host = urlsplit(tiktok.url).netloc
    headers = {"Access-Token": TOKEN, "Content-Type": "application/json"}
    started, used, done = time.perf_counter(), time.process_time(), 0
    while (took := time.perf_counter() - started) < seconds:
        item = msgspec.json.decode(event(done, int(time.time())))
        user = item["user"]
        for name in ("email", "phone", "external_id"):
            user[name] = sha256(user[name].encode()).hexdigest()
        item.pop("consent")
        told = {"event_source": "web", "event_source_id": PIXEL, "data": [item]}
        connection = HTTPConnection(host)
        connection.request(
            "POST", "/open_api/v1.3/event/track/", msgspec.json.encode(told), headers
        )
        answer = msgspec.json.decode(connection.getresponse().read())
        connection.close()
        if answer["code"]:
            raise ValueError(answer["message"])
        done += 1
    return done / took, done / (time.process_time() - used)

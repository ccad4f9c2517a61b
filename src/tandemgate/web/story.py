"""One stored event as JSON, for lists and with its whole history."""

from collections.abc import Iterator
from typing import Final

from tandemgate.core.audit import tell
from tandemgate.core.replay import replay_blockers
from tandemgate.model.admission import Attempt, Entry, Story
from tandemgate.model.consent import Export
from tandemgate.model.instant import Epoch
from tandemgate.model.pair import Sides
from tandemgate.model.person import MatchKey, Presence
from tandemgate.model.state import FINAL, State
from tandemgate.web.answers import Json, findings_json, iso
from tandemgate.web.pairs import verdict_json
from tandemgate.web.parts import PixelCard

ALWAYS_SHOWN: Final = (
    MatchKey.EMAIL,
    MatchKey.PHONE,
    MatchKey.EXTERNAL_ID,
    MatchKey.TTCLID,
    MatchKey.TTP,
    MatchKey.IP,
    MatchKey.USER_AGENT,
)
"""Match keys that are told also when they are missing: those that decide about the match."""


def told_consent(entry: Entry) -> Json:
    """Tell what was decided, and when."""
    return tell(entry.decision, entry.event_time) | {"decided_at": iso(entry.decided_at)}


def told_keys(entry: Entry) -> dict[str, str]:
    """Tell what became of each match key; what waits for consent, or never got it, is kept back."""
    kept_back = entry.decision.export is not Export.SEND and not entry.attempts
    became = {Presence.SENT: Presence.SUPPRESSED} if kept_back else {}
    return {key: became.get(Presence(was), was) for key, was in entry.match_keys.items()}


def event_json(story: Story, sides: Sides, pixel: PixelCard, now: Epoch) -> Json:
    """Tell everything but the timeline."""
    entry = story.entry
    blockers = replay_blockers(entry, pixel.clocks, now)
    return {
        "pixel_id": entry.pixel_id,
        "event": entry.event,
        "event_id": entry.event_id,
        "event_time": entry.event_time,
        "received_at": iso(entry.received_at),
        "updated_at": iso(entry.updated_at),
        "source": entry.source,
        "verified": entry.verified,
        "channel": entry.channel,
        "test_event_code": entry.test_event_code,
        "revision": entry.revision,
        "advertiser_id": pixel.advertiser_id,
        "state": entry.state,
        "reason": entry.reason,
        "due_at": None if entry.state in FINAL else iso(entry.due_at),
        "event_source": "web",
        "match_keys": dict.fromkeys(ALWAYS_SHOWN, "missing") | told_keys(entry),
        "consent": told_consent(entry),
        "attempts": [attempt_json(attempt) for attempt in story.attempts],
        "findings": findings_json(entry.findings),
        "pair": verdict_json(sides),
        "replayable": not blockers,
        "replay_blockers": blockers,
    }


def story_json(story: Story, sides: Sides, pixel: PixelCard, now: Epoch) -> Json:
    """Tell everything, hop by hop, oldest first."""
    moments = sorted([*_moments(story), *_of_pixel(sides)], key=lambda moment: moment[0])
    timeline = [{"at": iso(at), "stage": stage, "detail": detail} for at, stage, detail in moments]
    return event_json(story, sides, pixel, now) | {"timeline": timeline}


def attempt_json(attempt: Attempt) -> Json:
    """Tell one attempt, with TikTok's answer."""
    return {
        "number": attempt.number,
        "batch_id": attempt.batch_id,
        "batch_events": attempt.batch_events,
        "sent_at": iso(attempt.sent_at),
        "answered_at": iso(attempt.answered_at),
        "http_status": attempt.http_status,
        "code": attempt.code,
        "message": attempt.message,
        "tiktok_request_id": attempt.request_id,
        "verdict": attempt.verdict,
        "latency_ms": None if attempt.latency is None else round(attempt.latency * 1000),
        "next_attempt_at": iso(attempt.next_attempt_at),
    }


def _moments(story: Story) -> Iterator[tuple[Epoch, str, str]]:
    """Every hop as (when, stage, what)."""
    entry = story.entry
    trust = "verified" if entry.verified else "unverified"
    yield entry.received_at, "received", f"from {entry.source}, {trust}"
    yield entry.received_at, "decided", _decision(entry)
    if entry.state is State.HELD:
        yield entry.received_at, "held", "until consent is stated, or the wait is over"
    elif entry.state is not State.SUPPRESSED or story.attempts:
        yield entry.received_at, "queued", f"for pixel {entry.pixel_id}, {entry.channel}"
    for remark in story.remarks:
        yield remark.at, remark.stage, remark.detail
    for attempt in story.attempts:
        yield attempt.sent_at, "sent", f"attempt {attempt.number}, {_batch(attempt)}"
        if attempt.answered_at is not None:
            yield attempt.answered_at, "answered", _answer(attempt)
    if entry.state in FINAL:
        yield _ended_at(story), entry.state.lower(), entry.reason or ""


def _of_pixel(sides: Sides) -> Iterator[tuple[Epoch, str, str]]:
    if sides.browser is not None:
        yield sides.browser.at, "pixel", "the page reported the Pixel's copy"


def _ended_at(story: Story) -> Epoch:
    """When the final state began; later remarks (a duplicate came) do not move it."""
    entry = story.entry
    answered = [one.answered_at for one in story.attempts if one.answered_at is not None]
    if entry.state in {State.DELIVERED, State.REJECTED, State.REVIEW} and answered:
        return max(answered)
    if entry.state is State.SUPPRESSED and not story.attempts:
        return entry.received_at
    return entry.updated_at


def _decision(entry: Entry) -> str:
    decision = entry.decision
    removed = sorted(decision.remove)
    kept = f"without {', '.join(removed)}" if removed else ""
    parts = (f"policy {decision.policy}", f"region {decision.region.code or 'unknown'}", kept)
    return ", ".join(filter(None, parts))


def _batch(attempt: Attempt) -> str:
    return f"batch {attempt.batch_id} of {attempt.batch_events}"


def _answer(attempt: Attempt) -> str:
    parts = (
        "no answer" if attempt.http_status is None else f"HTTP {attempt.http_status}",
        "" if attempt.code is None else f"code {attempt.code}",
        attempt.message,
        f"meaning {attempt.verdict}",
        f"request_id {attempt.request_id}" if attempt.request_id else "",
    )
    return ", ".join(filter(None, parts))

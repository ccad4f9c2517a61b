"""``POST /v1/consent`` and ``POST /api/erase``: what people ask about what is theirs.

Identifiers live in the handler's frame only: they become traces there, and no answer repeats them.
"""

from collections import Counter
from collections.abc import Mapping
from typing import Final

import msgspec
from starlette.requests import Request

from tandemgate.catalog.reasons import problem
from tandemgate.core.asking import ERASURE, STATEMENT, Asked, read_asked, said, whose
from tandemgate.core.reading import Table, printable
from tandemgate.core.repeats import repeated_keys
from tandemgate.core.scrub import holds_identifier
from tandemgate.core.withdrawal import EFFECTS
from tandemgate.delivery.steward import Erasure, Steward
from tandemgate.model.admission import Story
from tandemgate.model.finding import Problem
from tandemgate.model.person import Identifiers
from tandemgate.model.rights import Statement
from tandemgate.model.rules import PixelRules
from tandemgate.model.state import State
from tandemgate.settings import KeyKind
from tandemgate.web.answers import Answer, Json, Refusal, as_json, iso
from tandemgate.web.body import Bodies
from tandemgate.web.keys import KeyGrant
from tandemgate.web.operate import refused_reason, refused_stranger
from tandemgate.web.parts import Parts

_WITHHELD: Final = "(holds an identifier)"


class Persons:
    """Answers requests about the events of one person or session."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts
        self._steward: Steward = parts.steward
        self._bodies = Bodies()

    async def consent(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Take a later decision or a withdrawal, for one pixel or all that the key opens."""
        asked = await self._read(request, STATEMENT)
        if isinstance(asked, Refusal):
            return asked
        rules = self._pixels(asked.fields.get("event_source_id"), key)
        if isinstance(rules, Refusal):
            return rules
        now = self._parts.clock.now()
        stated, traces = said(asked, now), whose(asked, rules.values())
        if isinstance(stated, Problem):
            return Refusal(400, stated)
        if isinstance(traces, Problem):
            return Refusal(400, traces)
        policies = {pixel_id: one.policy for pixel_id, one in rules.items()}
        statement = Statement(
            traces,
            policies,
            stated.ad_user_data,
            stated.ad_personalization,
            stated.collected_at,
            now,
        )
        told = await self._steward.state(statement, key.name)
        counts = {word: told.counts.get(word, 0) for word in EFFECTS}
        answer = {"found": sum(counts.values()), **counts, "collected_at": iso(stated.collected_at)}
        return as_json(200, answer)

    async def erase(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Erase a person or a session; unless ``execute``, say what would be."""
        if key.kind is not KeyKind.ADMIN:
            return refused_stranger(key)
        asked = await self._read(request, ERASURE)
        if isinstance(asked, Refusal):
            return asked
        reason = asked.fields.get("reason", "")
        if refusal := refused_reason(reason):
            return refusal
        traces = whose(asked, self._parts.rules.values())
        if isinstance(traces, Problem):
            return Refusal(400, traces)
        execute = asked.fields.get("execute", False)
        erasure = await self._steward.erase(traces, key.name, reason, execute=execute)
        return as_json(200, _erasure_json(erasure, asked.person))

    async def _read(self, request: Request, table: Table) -> Asked | Refusal:
        """Read a body; of two equal keys nobody knows which was meant."""
        content = await self._bodies.read(request.receive, 0) or b""
        if isinstance(content, Refusal):
            return content
        try:
            item = msgspec.json.decode(content)
            repeated = repeated_keys(content)
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            expected = f"a JSON object with {', '.join(table)}"
            return Refusal(400, problem("body_invalid", "", "something else", expected=expected))
        if repeated != ():
            return Refusal(400, problem("key_repeated", "", "the same key twice"))
        asked = read_asked(item, table)
        return Refusal(400, asked) if isinstance(asked, Problem) else asked

    def _pixels(self, wanted: str | None, key: KeyGrant) -> Mapping[str, PixelRules] | Refusal:
        rules = self._parts.rules
        opened = {pixel_id: one for pixel_id, one in rules.items() if key.opens(pixel_id)}
        if wanted is None:
            return opened
        if wanted in opened:
            return {wanted: opened[wanted]}
        return Refusal(403, problem("pixel_not_allowed", "/event_source_id", printable(wanted)))


def _erasure_json(erasure: Erasure, person: Identifiers) -> Json:
    """Tell what was, or would be, erased, and of what TikTok has or may have a copy."""
    stories, done = erasure.stories, erasure.done
    states = Counter(story.entry.state for story in stories)
    if done is not None:
        states = Counter(done.met.values())
    return {
        "executed": done is not None,
        "found": states.total(),
        "states": {state.value: count for state, count in sorted(states.items())},
        "payloads": sum(story.entry.has_payload for story in stories),
        "at_tiktok": [_copy_json(story, person) for story in stories if _maybe_there(story)],
        "wiped": None if done is None else done.wiped,
        "more": erasure.more,
    }


def _maybe_there(story: Story) -> bool:
    entry = story.entry
    return entry.state in {State.DELIVERED, State.SENDING} or entry.unknown > 0


def _copy_json(story: Story, person: Identifiers) -> Json:
    """Tell what a privacy officer can ask TikTok about: the event, and under which requests."""
    entry = story.entry
    named = holds_identifier(entry.event_id, person, external_id=True)
    return {
        "pixel_id": entry.pixel_id,
        "event": entry.event,
        "event_id": _WITHHELD if named else entry.event_id,
        "event_time": entry.event_time,
        "state": entry.state,
        "request_ids": [one.request_id for one in story.attempts if one.request_id],
    }

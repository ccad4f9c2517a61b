"""``GET /api/consent…``: what was decided about each event, and the proof of one decision."""

from collections.abc import Iterable
from typing import Final

from starlette.requests import Request

from tandemgate.catalog.consent import RULES
from tandemgate.core.policy import asked_profile, differences, version_of
from tandemgate.core.proof import decide_again, digest_of, leaving
from tandemgate.model.admission import Attempt, Entry, Story
from tandemgate.model.consent import Decision, Policy, PolicyVersion
from tandemgate.web.answers import Answer, Json, Refusal, as_json, findings_json, iso
from tandemgate.web.keys import KeyGrant
from tandemgate.web.meant import Meant
from tandemgate.web.parts import Parts
from tandemgate.web.queries import read_query
from tandemgate.web.story import told_consent

MEANINGS: Final = {rule.name: rule.meaning for rule in RULES}
CONSENT_STAGES: Final = frozenset(
    {
        "consent_tightened",
        "consent_tightened_too_late",
        "consent_mismatch",
        "consent_stated",
        "consent_withdrawn",
        "looser_consent_ignored",
        "person_erased",
        "replaced",
    }
)
"""Remarks of an event's history that tell how its consent changed."""


class Consent:
    """Answers the privacy officer: what left, why, under which policy, and is that so."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def decisions(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """List decisions, newest event first, a page at a time; nothing in them names anybody."""
        query = read_query(request.query_params, key.pixels)
        if not isinstance(query, tuple):
            return Refusal(400, query)
        wanted, limit = query
        entries = await self._parts.archive.page(wanted, limit + 1)
        shown = entries[:limit]
        following = str(shown[-1].seq) if len(entries) > limit else None
        return as_json(200, {"decisions": [decision_json(one) for one in shown], "next": following})

    async def explain(self, request: Request, key: KeyGrant) -> Answer | Refusal:
        """Tell all that proves one decision, having made it again."""
        asked, event_id = request.query_params, request.path_params["event_id"]
        meant = Meant(event_id, asked.get("pixel"), asked.get("event"), asked.get("channel"))
        story = await meant.story(self._parts.archive, key)
        if not isinstance(story, Story):
            return story
        wire = await self._parts.archive.wire(story.entry.seq)
        policy = await self._policy_of(story.entry)
        told = decision_json(story.entry) | {
            "rule_meaning": MEANINGS.get(story.entry.decision.rule, ""),
            "policy": None if policy is None else _version_json(policy),
            "again": _again_json(story.entry.decision, policy),
            "match_keys": dict(story.entry.match_keys),
            "attempts": [_attempt(attempt) for attempt in story.attempts],
            "item": {"fields": leaving(wire), "sha256": digest_of(wire)} if wire else None,
            "changes": [
                {"at": iso(one.at), "what": one.stage, "detail": one.detail}
                for one in story.remarks
                if one.stage in CONSENT_STAGES
            ],
            "findings": findings_json(story.entry.findings),
        }
        return as_json(200, told)

    async def policies(self, _request: Request, key: KeyGrant) -> Answer:
        """List every policy that ever decided, by pixel and version, each with what it changed."""
        seen = await self._parts.policies.versions()
        opened = [one for one in seen if key.opens(one.pixel_id)]
        return as_json(200, {"policies": list(_with_changes(opened))})

    async def _policy_of(self, entry: Entry) -> PolicyVersion | None:
        version = version_of(entry.decision.policy)
        seen = await self._parts.policies.versions()
        named = (one for one in seen if one.pixel_id == entry.pixel_id)
        return next((one for one in named if one.policy.version == version), None)


def decision_json(entry: Entry) -> Json:
    """Tell one decision, and what it was about."""
    return {
        "pixel_id": entry.pixel_id,
        "event": entry.event,
        "event_id": entry.event_id,
        "channel": entry.channel,
        "event_time": entry.event_time,
        "received_at": iso(entry.received_at),
        "source": entry.source,
        "verified": entry.verified,
        "revision": entry.revision,
        "state": entry.state,
        "reason": entry.reason,
        "consent": told_consent(entry),
        "dispatched_at": iso(entry.sent_at),
    }


def _again_json(decision: Decision, version: PolicyVersion | None) -> Json:
    """Compare; a policy that the store does not know can't be applied again."""
    if version is None:
        return {"verdict": "policy_unknown", "differences": []}
    made = decide_again(decision, version.policy)
    asked = asked_profile(decision.policy, version.policy)
    return {
        "verdict": made.verdict,
        "differences": list(made.differences),
        "asked_profile": asked,
    }


def _with_changes(seen: Iterable[PolicyVersion]) -> Iterable[Json]:
    before: PolicyVersion | None = None
    for one in seen:
        known = before is not None and before.pixel_id == one.pixel_id
        changed = differences(before.policy, one.policy) if before and known else []
        yield _version_json(one) | {"pixel_id": one.pixel_id, "changes": changed}
        before = one


def _version_json(version: PolicyVersion) -> Json:
    return {
        "name": version.policy.name,
        "since": iso(version.since),
        "in_force": version.in_force,
        **_policy_json(version.policy),
    }


def _policy_json(policy: Policy) -> Json:
    return {
        "version": policy.version,
        "consent_profile": policy.profile,
        "on_personalization_denied": policy.on_personalization_denied,
        "hold_for_consent": policy.hold_for_consent,
        "governed_regions": sorted(policy.governed),
        "edition": policy.edition,
    }


def _attempt(attempt: Attempt) -> Json:
    return {
        "number": attempt.number,
        "batch_id": attempt.batch_id,
        "sent_at": iso(attempt.sent_at),
        "code": attempt.code,
        "verdict": attempt.verdict,
        "tiktok_request_id": attempt.request_id,
    }

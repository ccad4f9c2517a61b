"""When an alert begins, when it is over, and what is still to be told of it.

One message when it begins and one when it ends, however restless what it is about is: an end counts
only after a while of calm, and after twice as long each time the trouble was soon back.
"""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace
from typing import Final, TypeAlias

from tandemgate.catalog.alerts import RULES
from tandemgate.catalog.reasons import REASONS
from tandemgate.model.alert import Alert, Family, Group, Message, Mute, Phase, Trouble
from tandemgate.model.instant import Epoch, Seconds
from tandemgate.model.rollup import HOUR, MINUTE

CALM: Final[Seconds] = 5 * MINUTE
"""Without the trouble, until an alert that is judged over some time is over."""

CALM_LOOKS: Final = 3
"""Looks without the trouble, until an alert about how things stand is over."""

LONGEST_CALM: Final[Seconds] = HOUR
SOON: Final[Seconds] = HOUR
"""A trouble that is back within this time after its end is a restless one."""

AFTERMATH: Final[Seconds] = 15 * MINUTE
"""After a trouble what stood because of it has to leave; that is no other trouble."""

REMEMBERED: Final[Seconds] = 7 * 24 * HOUR
"""How long the last alert of a group is kept after its end."""

MOST: Final = 200
"""Open alerts; what is more is not told one by one. A shop with so many reads the list."""

GIVE_UP: Final[Seconds] = 24 * HOUR
"""Old news wakes nobody: after that a message is not tried any more."""

KNOWN_WITHOUT_STORE: Final = frozenset({Family.LANE_HELD, Family.URGENT, Family.AVAILABILITY})

Alerts: TypeAlias = Mapping[Group, Alert]


def advance(
    kept: Alerts, troubles: Iterable[Trouble], now: Epoch, every: Seconds
) -> dict[Group, Alert]:
    """Return the alerts after a look at *now* that found *troubles*; looks are *every* so often."""
    alerts = {group: alert for group, alert in kept.items() if not _forgotten(alert, now)}
    found = {trouble.group: trouble for trouble in troubles}
    for group, alert in list(alerts.items()):
        if group not in found and alert.open:
            alerts[group] = _calmer(alert, now, every)
    room = MOST - sum(alert.open for alert in alerts.values())
    for group, trouble in found.items():
        before = alerts.get(group)
        if before is not None and (before.open or _ends_unsaid(before)):
            alerts[group] = replace(before, seen_at=now, ended_at=None, said=trouble.said)
        elif room > 0 and not _hidden(group, alerts, now):
            alerts[group] = _begun(trouble, before, now)
            room -= 1
    return alerts


def _begun(trouble: Trouble, before: Alert | None, now: Epoch) -> Alert:
    soon = before is not None and before.ended_at is not None and now - before.ended_at < SOON
    returns = before.returns + 1 if before is not None and soon else 0
    return Alert(trouble.group, trouble.said, now, now, returns=returns)


def _calmer(alert: Alert, now: Epoch, every: Seconds) -> Alert:
    """Return an alert whose trouble was not seen; the clock may have been set back since it was."""
    alert = replace(alert, seen_at=min(alert.seen_at, now))
    return replace(alert, ended_at=now) if now - alert.seen_at >= calm(alert, every) else alert


def calm(alert: Alert, every: Seconds) -> Seconds:
    """Return for how long the trouble must be gone until *alert* is over."""
    first = CALM_LOOKS * every if RULES[alert.group.family].at_once else CALM
    return min(max(LONGEST_CALM, first), first * 2.0 ** min(alert.returns, 10))


def _ends_unsaid(alert: Alert) -> bool:
    """Whether the receiver heard that it began, and does not know yet that it was over."""
    return alert.began_told_at is not None and phase(alert) is Phase.ENDED


def _hidden(group: Group, alerts: Alerts, now: Epoch) -> bool:
    rule = RULES[group.family]
    return any(
        other.family in rule.behind
        and other.pixel_id == group.pixel_id
        and (alert.ended_at is None or now - alert.ended_at < max(AFTERMATH, rule.window))
        for other, alert in alerts.items()
    )


def _forgotten(alert: Alert, now: Epoch) -> bool:
    return alert.ended_at is not None and now - alert.ended_at > REMEMBERED


def still(alerts: Alerts) -> list[Trouble]:
    """Return the troubles that are taken to go on while the store can't be asked about them."""
    return [
        Trouble(group, alert.said)
        for group, alert in alerts.items()
        if alert.open and group.family not in KNOWN_WITHOUT_STORE
    ]


def lasts(mute: Mute, now: Epoch) -> bool:
    """Whether *mute* holds at *now*."""
    return mute.until is None or now < mute.until


def muted(group: Group, mutes: Iterable[Mute], now: Epoch) -> bool:
    """Whether nobody wants to hear that an alert of *group* begins."""
    return any(
        mute.family is group.family and mute.pixel_id in {"", group.pixel_id} and lasts(mute, now)
        for mute in mutes
    )


def hushed(alerts: Alerts, mutes: Collection[Mute], now: Epoch) -> dict[Group, Alert]:
    """Return *alerts* in which what began and ended under a mute is never told.

    What is open when its mute ends is told then, and an end is told to whoever heard the beginning.
    """
    return {
        group: replace(alert, given_up_at=now)
        if _unheard(alert) and not alert.open and muted(group, mutes, now)
        else alert
        for group, alert in alerts.items()
    }


def _unheard(alert: Alert) -> bool:
    return alert.began_told_at is None and phase(alert) is not None


def untold(alerts: Alerts, mutes: Collection[Mute], now: Epoch) -> list[Alert]:
    """Return the alerts of which something is to be told, the oldest first."""
    waiting = [
        alert
        for group, alert in alerts.items()
        if phase(alert) is not None and not (_unheard(alert) and muted(group, mutes, now))
    ]
    return sorted(waiting, key=lambda alert: alert.ended_at or alert.began_at)


def phase(alert: Alert) -> Phase | None:
    """Return what is to be told of *alert*: of one that is over already, its end alone."""
    since = alert.began_at if alert.ended_at is None else alert.ended_at
    if alert.given_up_at is not None and alert.given_up_at >= since:
        return None
    if alert.ended_at is not None:
        return Phase.ENDED if alert.ended_told_at is None else None
    return Phase.BEGAN if alert.began_told_at is None else None


def told(alert: Alert, what: Phase, now: Epoch) -> Alert:
    """Return *alert* after the receiver took the message about it."""
    if what is Phase.ENDED:
        return replace(alert, ended_told_at=now, began_told_at=alert.began_told_at or now)
    return replace(alert, began_told_at=now)


def given_up(alert: Alert, now: Epoch) -> Alert | None:
    """Return *alert* as one that is not tried any more, when its news is too old; else ``None``."""
    since = alert.ended_at or alert.began_at
    return replace(alert, given_up_at=now) if now - since > GIVE_UP else None


def message(alert: Alert, what: Phase) -> Message:
    """Put into words what is told of *alert*."""
    group = alert.group
    explained = REASONS[group.family]
    at = alert.began_at if what is Phase.BEGAN else alert.ended_at
    return Message(
        phase=what,
        name=":".join((*group, what, f"{at or 0:.0f}")),
        title=explained.title,
        said=alert.said,
        fix=explained.fix if what is Phase.BEGAN else "",
        urgent=RULES[group.family].urgent,
        group=group,
        began_at=alert.began_at,
        ended_at=alert.ended_at if what is Phase.ENDED else None,
    )


TEST: Final = Message(
    Phase.TEST,
    "test",
    "A test of the alerts",
    "somebody asked for it with tandemgate alerts test",
    "nothing is wrong",
)

"""The versions of a pixel's consent policy: numbering them, and telling them apart."""

from collections.abc import Iterable, Iterator

from msgspec import structs

from tandemgate.model.consent import Policy, Profile
from tandemgate.model.instant import Epoch
from tandemgate.model.operation import Act

POLICY_CHANGED = "policy_changed"
SETTINGS = "settings"
"""Who changes a policy: nobody can while the gateway runs."""


def number(policy: Policy, seen: Iterable[Policy]) -> Policy:
    """Give *policy* the version under which it was *seen* before, else the next one."""
    known = list(seen)
    same = (one for one in known if structs.replace(one, version=policy.version) == policy)
    newest = max((one.version for one in known), default=0)
    return next(same, None) or structs.replace(policy, version=newest + 1)


def differences(old: Policy, new: Policy) -> list[str]:
    """Say what *new* decides by that *old* did not, one line per setting."""
    return list(_differences(old, new))


def change(pixel_id: str, old: Policy, new: Policy, at: Epoch) -> Act:
    """Write the line of the audit log for a policy that took the place of another."""
    said = "; ".join(differences(old, new))
    return Act(at, SETTINGS, POLICY_CHANGED, pixel_id, f"{old.name} -> {new.name}: {said}")


def profiles_of(name: str) -> frozenset[Profile]:
    """Read from the name of a decision's policy which profiles stricter than the guide's apply."""
    profiles = name.partition("@")[0].split("+")
    return frozenset(map(Profile, profiles)) - {Profile.GUIDE}


def asked_profile(name: str, policy: Policy) -> Profile | None:
    """Read from the name of a decision's policy which stricter profile the event asked for."""
    return next(iter(profiles_of(name) - {policy.profile}), None)


def version_of(name: str) -> int:
    """Read the version from the name of a decision's policy, ``strict@2``."""
    return int(name.rpartition("@")[2])


def _differences(old: Policy, new: Policy) -> Iterator[str]:
    settings = {
        "consent_profile": (old.profile, new.profile),
        "on_personalization_denied": (
            old.on_personalization_denied,
            new.on_personalization_denied,
        ),
        "hold_for_consent": (f"{old.hold_for_consent:g}s", f"{new.hold_for_consent:g}s"),
        "rules of this gateway": (f"edition {old.edition}", f"edition {new.edition}"),
    }
    for setting, (was, now) in settings.items():
        if was != now:
            yield f"{setting} {was} -> {now}"
    gone, come = sorted(old.governed - new.governed), sorted(new.governed - old.governed)
    if gone or come:
        moved = [*(f"-{region}" for region in gone), *(f"+{region}" for region in come)]
        yield f"governed_regions {' '.join(moved)}"

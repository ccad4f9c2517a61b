"""Every consent policy that a pixel was decided by is kept, and changes are audited."""

from msgspec import structs

from tandemgate.model.consent import Policy, PolicyVersion, Profile
from tests.build import NOW, PIXEL, a_policy
from tests.contract.conftest import Store

OTHER = "D0OTHER12345"
GUIDE = a_policy()
STRICT = a_policy(profile=Profile.STRICT)


async def registered(store: Store, policy: Policy, at: float = NOW, pixel: str = PIXEL) -> Policy:
    """Put *policy* in force for one pixel."""
    return (await store.policies.register({pixel: policy}, at))[pixel]


async def test_the_first_policy_of_a_pixel_is_its_version_one(store: Store) -> None:
    """A store that was just made begins to count."""
    assert await registered(store, GUIDE) == GUIDE
    assert await store.policies.versions() == [PolicyVersion(PIXEL, GUIDE, NOW, in_force=True)]


async def test_the_same_policy_stays_the_same_version(store: Store) -> None:
    """A gateway that starts again decides as before, and says so."""
    await registered(store, GUIDE)
    assert await registered(store, GUIDE, NOW + 1) == GUIDE
    assert await store.policies.versions() == [PolicyVersion(PIXEL, GUIDE, NOW, in_force=True)]


async def test_a_changed_policy_is_the_next_version_and_the_old_one_stays(store: Store) -> None:
    """Decisions of last month must still be made again by the policy of last month."""
    await registered(store, GUIDE)
    second = structs.replace(STRICT, version=2)
    assert await registered(store, STRICT, NOW + 1) == second
    assert await store.policies.versions() == [
        PolicyVersion(PIXEL, GUIDE, NOW, in_force=False),
        PolicyVersion(PIXEL, second, NOW + 1, in_force=True),
    ]


async def test_a_policy_that_comes_back_is_the_version_that_it_was(store: Store) -> None:
    """Two numbers for one policy would tell a difference that is none."""
    for at, policy in enumerate((GUIDE, STRICT, GUIDE)):
        await registered(store, policy, NOW + at)
    assert [(one.policy.version, one.in_force) for one in await store.policies.versions()] == [
        (1, True),
        (2, False),
    ]


async def test_each_pixel_counts_for_itself(store: Store) -> None:
    """One shop's change is none of another's."""
    await store.policies.register({PIXEL: GUIDE, OTHER: STRICT}, NOW)
    assert [(one.pixel_id, one.policy.name) for one in await store.policies.versions()] == [
        (PIXEL, "guide@1"),
        (OTHER, "strict@1"),
    ]


async def test_every_change_is_a_line_of_the_audit_log(store: Store) -> None:
    """Also the way back; the first policy of a pixel changes nothing."""
    for at, policy in enumerate((GUIDE, GUIDE, STRICT, GUIDE)):
        await registered(store, policy, NOW + at)
    acts = await store.controls.acts(10)
    assert [(act.at, act.who, act.what, act.pixel_id) for act in acts] == [
        (NOW + 3, "settings", "policy_changed", PIXEL),
        (NOW + 2, "settings", "policy_changed", PIXEL),
    ]
    assert [act.reason for act in acts] == [
        "strict@2 -> guide@1: consent_profile strict -> guide",
        "guide@1 -> strict@2: consent_profile guide -> strict",
    ]

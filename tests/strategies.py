"""Hypothesis strategies: JSON of any shape, and events that are right except for something."""

from collections.abc import Mapping
from typing import Any

from hypothesis import strategies as st

from tandemgate.core.fields import CONSENT, CONTENT, EVENT, PROPERTIES, USER
from tests.build import an_item

CANARY_EMAIL = "jane.canary@mail.example"
CANARY_PHONE = "+491709876543"
CANARIES = (CANARY_EMAIL, CANARY_PHONE, CANARY_PHONE[1:], CANARY_PHONE[3:])
"""Forms in which the canary person must not be found in anything that is kept or printed."""

# Everything that JSON can say, half surrogates included, which decoders let pass or not.
texts = st.text(st.characters(codec=None, exclude_categories=()), max_size=12)
names = st.sampled_from(sorted({*EVENT, *USER, *PROPERTIES, *CONTENT, *CONSENT, "url", "referrer"}))
scalars = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(min_value=10**60, max_value=10**80),
    st.floats(allow_nan=False, allow_infinity=False),
    texts,
    st.sampled_from(["", " ", "GRANTED", "EUR", "129.95", "1776943380", "\0", "x" * 9000]),
)
canaries = st.sampled_from(
    [
        *CANARIES,
        f"order of {CANARY_EMAIL}",
        f"https://x.example/{CANARY_EMAIL}?e={CANARY_EMAIL}",
        f"Call {CANARY_PHONE} now",
        "0170 9876543",
        CANARY_EMAIL.upper(),
    ]
)


def trees(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """JSON values with *leaves*; the names of fields are real ones more often than not."""
    return st.recursive(
        leaves,
        lambda inner: (
            st.lists(inner, max_size=4)
            | st.dictionaries(names | texts | canaries, inner, max_size=6)
        ),
        max_leaves=12,
    )


json_values = trees(scalars)


def _sections(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[dict[str, Any]]:
    values = leaves | trees(leaves)
    return st.fixed_dictionaries(
        {},
        optional={
            "event": values,
            "event_id": values,
            "event_time": values,
            "user": _object(USER, values),
            "properties": _object(PROPERTIES, values),
            "page": _object({"url": None, "referrer": None}, values),
            "consent": _object(CONSENT, values),
            "refs": _object({"order": None, "lead": None}, values),
            "lead": _object({"lead_id": None}, values),
            "session": values,
            "region": values,
            "limited_data_use": values,
        },
    )


def _object(table: Mapping[str, object], values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return values | st.dictionaries(st.sampled_from(sorted(table)), values, max_size=4)


near_valid_items: st.SearchStrategy[Any] = _sections(scalars).map(lambda odd: an_item(**odd))
"""A valid purchase with some fields replaced by anything."""

canary_items: st.SearchStrategy[Any] = _sections(canaries | scalars).map(
    lambda odd: an_item(
        **odd
        | {
            "user": {"ip": "203.0.113.42"}
            | (odd["user"] if isinstance(odd.get("user"), dict) else {})
            # Bare digits are a phone only where the person is known to have it.
            | {"email": CANARY_EMAIL, "phone": CANARY_PHONE}
        }
    )
)
"""The same, where a canary person's email and phone stand in odd places."""

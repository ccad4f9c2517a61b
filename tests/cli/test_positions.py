"""A pointer becomes a line, so that an editor can jump to it."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tandemgate.cli.positions import lines_of, nearest_line

TEXT = """{
  "data": [
    {"event": "A",
     "user": {"email": ["x",
                        "y"]}},
    {"a/b~c": "line {1}, [2]: \\"3\\""}
  ]
}"""


@pytest.mark.parametrize(
    ("pointer", "line"),
    [
        ("", 1),
        ("/data", 2),
        ("/data/0", 3),
        ("/data/0/user", 4),
        ("/data/0/user/email/1", 5),
        ("/data/1/a~1b~0c", 6),
        ("/data/1/missing/deeper", 6),
        ("/elsewhere", 1),
    ],
)
def test_a_pointer_has_a_line(pointer: str, line: int) -> None:
    """What is missing is shown where it should be: at the object that lacks it."""
    assert nearest_line(lines_of(TEXT), pointer) == line


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text('ab/~\\"{}[],: ', max_size=4), inner),
    max_leaves=20,
)


def pointers(value: object, at: str = "") -> list[str]:
    """Every pointer into *value*, as RFC 6901 writes them."""
    match value:
        case dict():
            inner = [
                each
                for key, child in value.items()
                for each in pointers(child, f"{at}/{key.replace('~', '~0').replace('/', '~1')}")
            ]
        case list():
            inner = [
                each
                for index, child in enumerate(value)
                for each in pointers(child, f"{at}/{index}")
            ]
        case _:
            inner = []
    return [at, *inner]


@given(JSON)
def test_every_value_is_found(value: object) -> None:
    """Strings full of brackets, commas and quotes lead nowhere else."""
    text = json.dumps(value, ensure_ascii=False, indent=1)
    # A key with an escape in it keeps the escape: no event field has one.
    wanted = [each for each in pointers(value) if '"' not in each and "\\" not in each]
    assert set(wanted) <= set(lines_of(text))


@given(st.text())
def test_no_text_breaks_it(text: str) -> None:
    """A file that is no JSON is diagnosed elsewhere; here it must only not raise."""
    lines_of(text)

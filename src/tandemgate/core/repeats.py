"""Keys that one JSON object gives twice.

JSON parsers keep one of the two silently, mostly the last, so a second ``ad_user_data`` could turn
a denial into a grant. A quick count proves that most bodies have none; the others are read again.
"""

import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice

from tandemgate.core.reading import pointer
from tandemgate.model.person import Identifiers

_MOST_POINTERS = 1_000
_NOBODY = Identifiers()
_SPACED_KEY = re.compile(rb'"\s+:')


def keys_within(tree: object, deepest: int) -> int | None:
    """Count the keys of all objects, or say ``None`` where nesting is deeper than *deepest*."""
    keys = 0
    level = [tree]
    for _ in range(deepest):
        below: list[object] = []
        for node in level:
            children: Iterable[object] = ()
            if isinstance(node, dict):
                keys += len(node)
                children = node.values()
            elif isinstance(node, list):
                children = node
            # Decoded JSON has no subclasses, and asking for the type itself costs half.
            below.extend(one for one in children if type(one) is dict or type(one) is list)
        if not below:
            return keys
        level = below
    return None


def keys_written(body: bytes) -> int:
    """Count what ends like a key: never fewer than the keys, so equal counts prove no repeat."""
    return body.count(b'":') + len(_SPACED_KEY.findall(body))


def repeated_keys(body: bytes) -> tuple[str, ...] | None:
    """Point (RFC 6901) to keys that an object gives twice; ``None`` if *body* nests too deeply."""
    # The objects are kept beside their ids, since a freed one's id may be given to another.
    marked: dict[int, tuple[object, list[str]]] = {}

    def note(pairs: list[tuple[str, object]]) -> dict[str, object]:
        made = dict(pairs)
        if len(made) != len(pairs):
            times = Counter(name for name, _ in pairs)
            marked[id(made)] = (made, [name for name in made if times[name] > 1])
        return made

    try:
        tree = json.loads(body, object_pairs_hook=note)
    except RecursionError:  # in what an earlier one of two equal keys held
        return None
    return tuple(islice(_pointers(tree, marked), _MOST_POINTERS)) if marked else ()


def _pointers(tree: object, marked: Mapping[int, tuple[object, list[str]]]) -> Iterator[str]:
    waiting = [("", tree)]
    while waiting:
        at, node = waiting.pop()
        if isinstance(node, dict):
            for name in marked.get(id(node), (None, []))[1]:
                yield pointer(at, name, _NOBODY)
            waiting += [(pointer(at, name, _NOBODY), child) for name, child in node.items()]
        elif isinstance(node, list):
            waiting += [(f"{at}/{place}", child) for place, child in enumerate(node)]

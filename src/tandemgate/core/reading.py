"""Reading decoded JSON field by field: what is wrong becomes a problem, what is odd a finding.

A *reader* takes a value, the JSON pointer where it stood, and the notes; it returns the value in
the form that the rest of the gateway uses, or ``None`` after it has noted why not. An object is
read by a table, field name -> reader: :mod:`tandemgate.core.fields` holds the tables.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

from tandemgate.catalog.reasons import finding, problem
from tandemgate.core.scrub import holds_identifier, repeats
from tandemgate.model.event import Reported
from tandemgate.model.finding import Finding, Problem
from tandemgate.model.person import Identifiers

MOST_NOTES = 32
"""Problems, and findings, listed of one event: an answer stays small whatever came."""

LONGEST_TEXT = 8 * 1024
"""Bytes of UTF-8 in one string."""

_LONGEST_ECHO = 80
_TELLING_LETTERS = 3
_NOBODY = Identifiers()


@dataclass(slots=True)
class Notes:
    """What is noted while one event is read. It never keeps a value that names the person.

    ``person`` is read first, so that every later note can be checked against it.
    ``unreadable_is_missing`` is how consent from browsers is taken: there, nobody reads an answer.
    """

    problems: list[Problem] = field(default_factory=list)
    findings: list[Finding] = field(default_factory=list)
    person: Identifiers = _NOBODY
    unreadable_is_missing: bool = False

    def refuse(
        self,
        reason: str,
        at: str,
        received: str,
        *,
        expected: str | None = None,
        fix: str | None = None,
    ) -> None:
        """Note why the event can't go; *received* comes from :meth:`shown` or :func:`shape`."""
        if fix is not None and repeats(fix, self.person):
            fix = None
        if len(self.problems) < MOST_NOTES:
            self.problems.append(problem(reason, at, received, expected=expected, fix=fix))

    def remark(self, reason: str, at: str, note: str | None = None) -> None:
        """Note something that does not keep the event from going."""
        if len(self.findings) < MOST_NOTES:
            self.findings.append(finding(reason, at, note))

    def shown(self, value: object) -> str:
        """Show *value* as it came, or only its shape where it may name the person."""
        return shown(value, self.person)


Reader: TypeAlias = Callable[[object, str, Notes], Any]
Table: TypeAlias = Mapping[str, Reader]


def shape(value: object) -> str:
    """Describe a value that may be personal without repeating any of it."""
    match value:
        case None:
            return "null"
        case bool():
            return "a boolean"
        case int() | float():
            return "a number"
        case str():
            return f"a string of {len(value)} characters"
        case list():
            return f"a list of {len(value)}"
        case _:
            return "an object"


def shown(value: object, person: Identifiers) -> str:
    """Show *value* as it came, or only its shape where it is large or may name *person*."""
    if isinstance(value, (dict, list)):
        return shape(value)
    text = value if isinstance(value, str) else _literal(value)
    return shape(value) if repeats(text, person) else _cut_short(text)


def printable(text: str) -> str:
    """Show what a stranger said, or only its shape where it names somebody."""
    return shown(text, _NOBODY)


def _cut_short(text: str) -> str:
    """Cut *text* short and replace what a terminal or a log can't print."""
    shown = "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}"
        for letter in text[:_LONGEST_ECHO]
    )
    return shown if len(text) <= _LONGEST_ECHO else f"{shown}…"


def pointer(at: str, name: str, person: Identifiers) -> str:
    """Extend a JSON pointer (RFC 6901) by a name that the caller chose, if it may be shown."""
    if repeats(name, person):
        return f"{at}/…"
    return f"{at}/{_cut_short(name).replace('~', '~0').replace('/', '~1')}"


def stated(item: object, name: str) -> object:
    """What an event says in a field, whether it is decoded JSON or read already."""
    if isinstance(item, Reported):
        return getattr(item, name)
    return item.get(name) if isinstance(item, dict) else None


def text_fault(text: str) -> str | None:
    """Name the reason why *text* can't be any field's value, if there is one."""
    if "\x00" in text:
        return "text_unreadable"
    if text.isascii():
        return "text_too_long" if len(text) > LONGEST_TEXT else None
    try:
        size = len(text.encode())
    except UnicodeEncodeError:
        return "text_unreadable"
    return "text_too_long" if size > LONGEST_TEXT else None


def text(value: object, at: str, notes: Notes) -> str | None:
    """Read a string as it is; blank is the same as missing."""
    if not isinstance(value, str):
        notes.refuse(
            "wrong_type", at, shape(value), expected="a string", fix="put quotes around it"
        )
        return None
    fault = text_fault(value)
    if fault is not None:
        notes.refuse(fault, at, shape(value))
        return None
    return value if value and not value.isspace() else None


def label(value: object, at: str, notes: Notes) -> str | None:
    """Read the id of a thing: TikTok wants a string, shops often have a number."""
    if isinstance(value, int) and not isinstance(value, bool):
        value = _literal(value)
    return text(value, at, notes)


def public_label(value: object, at: str, notes: Notes) -> str | None:
    """Read an id that leaves as it is, so it must not hold an email address or phone number.

    The person's ``external_id`` is allowed here: it may well be the number of the order or lead.
    """
    read = label(value, at, notes)
    if read is None or not holds_identifier(read, notes.person):
        return read
    notes.remark("text_holds_identifier", at)
    return None


def public_text(value: object, at: str, notes: Notes) -> str | None:
    """Read free text that leaves as it is; one that holds an identifier is left out."""
    read = text(value, at, notes)
    if read is None or not holds_identifier(read, notes.person, external_id=True):
        return read
    notes.remark("text_holds_identifier", at)
    return None


def kept_text(value: object, at: str, notes: Notes) -> str | None:
    """Read free text that is kept in the clear; one that repeats the person is left out."""
    read = label(value, at, notes)
    if read is None or not repeats(read, notes.person):
        return read
    notes.remark("text_holds_identifier", at)
    return None


def boolean(value: object, at: str, notes: Notes) -> bool | None:
    """Read true or false."""
    if isinstance(value, bool):
        return value
    notes.refuse(
        "wrong_type", at, notes.shown(value), expected="true or false", fix="send a JSON boolean"
    )
    return None


def several(read: Reader, most: int) -> Reader:
    """Make a reader of one value or a list of up to *most*; nulls and unreadable ones drop out."""

    def many(value: object, at: str, notes: Notes) -> tuple[Any, ...]:
        if not isinstance(value, list):
            one = read(value, at, notes)
            return () if one is None else (one,)
        if len(value) > most:
            notes.refuse("too_many_values", at, shape(value), expected=f"at most {most} values")
            return ()
        found = (
            read(member, f"{at}/{place}", notes)
            for place, member in enumerate(value)
            if member is not None
        )
        return tuple(one for one in found if one is not None)

    return many


def section(table: Table) -> Reader:
    """Make a reader of an object whose fields *table* lists."""

    def part(value: object, at: str, notes: Notes) -> dict[str, Any] | None:
        if isinstance(value, dict):
            return read_object(value, at, table, notes)
        notes.refuse("wrong_type", at, shape(value), expected="an object", fix="send an object")
        return None

    return part


def read_object(given: Mapping[str, object], at: str, table: Table, notes: Notes) -> dict[str, Any]:
    """Read the fields of *given* that *table* lists and note the others."""
    fields = read_known(given, at, table, notes)
    note_unknown(given, at, table, notes)
    return fields


def read_known(given: Mapping[str, object], at: str, table: Table, notes: Notes) -> dict[str, Any]:
    """Read the fields of *given* that *table* lists; null is the same as missing."""
    fields = {}
    for name, value in given.items():
        if value is None:
            continue
        reader = table.get(name)
        if reader is None:
            continue
        read = reader(value, f"{at}/{name}", notes)
        if read is not None:
            fields[name] = read
    return fields


def note_unknown(given: Mapping[str, object], at: str, table: Table, notes: Notes) -> None:
    """Note the fields of *given* that *table* does not list, other than nulls."""
    for name, value in given.items():
        if name not in table and value is not None:
            _unknown(name, value, at, table, notes)


def _unknown(name: str, value: object, at: str, table: Table, notes: Notes) -> None:
    """Note a field that TikTok does not have; its texts are held to the same limits as all."""
    fault = text_fault(name) or next(filter(None, map(text_fault, _texts(value))), None)
    if fault is not None:
        notes.refuse(fault, pointer(at, name, notes.person), shape(value))
    elif len(notes.findings) < MOST_NOTES:
        near = _nearest(name, tuple(table))
        hint = None if near is None else f"left out; did you mean {near}?"
        notes.remark("unknown_field", pointer(at, name, notes.person), hint)


def _nearest(name: str, known: tuple[str, ...]) -> str | None:
    """Find the known field that *name* differs from by case, separators or one slip."""
    if len(name) > _LONGEST_ECHO:
        return None
    meant = _slips(known)
    return next((meant[form] for form in _one_less(_squeezed(name)) if form in meant), None)


@cache
def _slips(known: tuple[str, ...]) -> Mapping[str, str]:
    """Map what is left of each known name without one of its letters to the name.

    A name that was written with one letter more, less, wrong or swapped shares such a form with it.
    """
    slips = {form: name for name in known for form in _one_less(_squeezed(name))}
    return slips | {_squeezed(name): name for name in known}


def _one_less(word: str) -> Iterator[str]:
    """Yield *word*, and what is left of it without one letter while that still says something."""
    yield word
    if len(word) > _TELLING_LETTERS:
        for place in range(len(word)):
            yield word[:place] + word[place + 1 :]


def _squeezed(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())


def _texts(value: object) -> Iterable[str]:
    """Yield every string below *value*, keys included."""
    waiting = [value]
    while waiting:
        node = waiting.pop()
        if isinstance(node, str):
            yield node
        elif isinstance(node, dict):
            yield from node
            waiting.extend(node.values())
        elif isinstance(node, list):
            waiting.extend(node)


def _literal(value: object) -> str:
    """Write a number, boolean or null as JSON would, if it is short enough to be read."""
    if value is None or isinstance(value, bool):
        return {True: "true", False: "false", None: "null"}[value]
    if isinstance(value, int) and abs(value) >= 10**40:
        return "a number of more than 40 digits"
    return str(value)

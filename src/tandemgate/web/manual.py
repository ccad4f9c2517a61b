"""``/docs``: what each code and reason means, what is behind it, what to check, and the fix."""

import re
from collections.abc import Iterable
from html import escape
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from tandemgate.catalog.codes import CODES
from tandemgate.catalog.codes import find as row_of
from tandemgate.catalog.consent import RULES
from tandemgate.catalog.explanations import GROUPS, Explanation, find
from tandemgate.catalog.pairs import VERDICTS
from tandemgate.catalog.reasons import DOCS_PATH, REASONS, REASONS_PATH
from tandemgate.catalog.states import STATES
from tandemgate.web.health import refused_watcher
from tandemgate.web.pages import page
from tandemgate.web.parts import Parts

_CODE: Final = re.compile(r"\b[1-6][0-9]{4}\b")
_NUMBER: Final = re.compile(r"[0-9]{1,6}")
_WORD: Final = re.compile(r"[A-Za-z0-9_]{1,60}")
_MORE: Final = '<p><a href="/docs">Every code and reason</a> has a page.</p>'


class Manual:
    """Explains what answers say, from the tables that they are made from."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def docs(self, request: Request) -> Response:
        """List every code and reason."""
        return self._refused(request) or page("Codes and reasons", "\n".join(_contents()))

    async def code(self, request: Request) -> Response:
        """Explain a code: what TikTok means by it, and for which reasons the gateway gives it."""
        if refused := self._refused(request):
            return refused
        asked = request.path_params["code"]
        sections = [*_tiktoks(asked), *_ours(asked)]
        if not sections:
            text = "<p>Neither the gateway nor TikTok, as far as is known, uses this code.</p>"
            return page("Unknown code", text + _MORE, 404)
        return page(f"Code {asked}", "\n".join(sections))

    async def reason(self, request: Request) -> Response:
        """Explain a reason, a row of the consent policy, a verdict about a pair, or a state."""
        if refused := self._refused(request):
            return refused
        asked = request.path_params["reason"]
        found = find(asked) if _WORD.fullmatch(asked) and not asked.isdecimal() else []
        if not found:
            text = "<p>The gateway gives no reason of this name.</p>"
            return page("Unknown reason", text + _MORE, 404)
        told = [section for one in found for section in (_about(one), _rows(one))]
        return page(found[0].title, "\n".join(told))

    def _refused(self, request: Request) -> Response | None:
        """Refuse whoever may not read what the pages say, if the gateway is in earnest."""
        return key_wanted() if refused_watcher(self._parts, request) else None


def key_wanted() -> Response:
    """Ask for a key."""
    text = "<p>In production this page wants a key with the right to read.</p>"
    return page("A key, please", text, 401)


def _tiktoks(asked: str) -> Iterable[str]:
    row = row_of(int(asked)) if _NUMBER.fullmatch(asked) else None
    if row is not None:
        [told, *_] = find(asked)
        yield f"<h2>As TikTok answers it: {escape(told.title)}</h2>"
        yield _rows(told)


def _ours(asked: str) -> Iterable[str]:
    names = [name for name, entry in REASONS.items() if str(entry.code) == asked]
    if names:
        yield "<h2>As the gateway answers it</h2>"
        yield '<p class="about">One of these reasons, which the answer names beside the code.</p>'
        yield _listed((name, REASONS[name].title, REASONS[name].meaning) for name in names)


def _about(told: Explanation) -> str:
    """Say what kind of word it is, and how much it matters."""
    kind = _linked(told.kind)
    matters = f' · <span class="{told.severity}">{told.severity}</span>' if told.severity else ""
    return f'<p class="about"><code>{escape(told.name)}</code> · {kind}{matters}</p>'


def _rows(told: Explanation) -> str:
    rows = {
        **{_source(source): text for source, text in told.readings.items()},
        "Usual cause": told.cause,
        "Expected": told.expected,
        "Check": told.check,
    }
    listed = "".join(
        f"<dt>{escape(name)}<dd>{_linked(text)}" for name, text in rows.items() if text
    )
    fix = f'<dl class="fix"><dt>Fix<dd>{_linked(told.fix)}</dl>' if told.fix else ""
    return f"<dl>{listed}</dl>{fix}"


def _source(name: str) -> str:
    return {"guide": "The guide", "other senders": "Seen by others"}.get(
        name, f"{name[:1].upper()}{name[1:]}"
    )


def _contents() -> Iterable[str]:
    yield (
        '<p class="about">What an answer of the gateway, or of TikTok, means, what is usually '
        "behind it, and what to do. <code>tandemgate explain WORD</code> prints the same. "
        'What may be asked is on the page <a href="/docs/api">HTTP API</a>.</p>'
    )
    yield "<h2>TikTok's codes</h2>"
    yield _list(
        f'<a href="{DOCS_PATH}{row.code}">{row.name}</a> {escape(row.title)}' for row in CODES
    )
    for group in GROUPS:
        yield f"<h2>{escape(group.title)}</h2>"
        yield _listed((name, entry.title, entry.meaning) for name, entry in group.reasons.items())
    others = {
        "Rows of the consent policy": [(rule.name, rule.meaning) for rule in RULES],
        "Pairs": [(verdict.value, entry.meaning) for verdict, entry in VERDICTS.items()],
        "States of an event": [(name, meaning) for name, (meaning, _) in STATES.items()],
    }
    for title, words in others.items():
        yield f"<h2>{title}</h2>"
        yield _listed((word, "", meaning) for word, meaning in words)


def _listed(words: Iterable[tuple[str, str, str]]) -> str:
    return _list(
        f'<a href="{REASONS_PATH}{word}"><code>{word}</code></a> {escape(title)}'
        f"<p>{escape(meaning)}</p>"
        for word, title, meaning in words
    )


def _list(items: Iterable[str]) -> str:
    return f'<ul class="list">{"".join(f"<li>{item}" for item in items)}</ul>'


def _linked(text: str) -> str:
    """Escape *text* and link the codes that it names."""
    return _CODE.sub(_link, escape(text))


def _link(found: re.Match[str]) -> str:
    code = found[0]
    known = row_of(int(code)) or any(str(entry.code) == code for entry in REASONS.values())
    return f'<a href="{DOCS_PATH}{code}">{code}</a>' if known else code

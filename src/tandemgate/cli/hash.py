"""``tandemgate hash``: what one identifier becomes before it may leave."""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ending import Ending, Failure

if TYPE_CHECKING:
    from tandemgate.model.rules import PixelRules

RULES = {
    "email": (
        "surrounding white space is cut off, letters become lower-case",
        "dots and plus tags stay, since TikTok's Pixel keeps them",
        "one @ with something on both sides, else it is left out",
    ),
    "phone": (
        "written in E.164 with its +, as libphonenumber reads it",
        "00 in front means +; a national number needs --region, it is never guessed",
    ),
    "external_id": ("surrounding white space is cut off, letter case stays",),
    "first_name": ("lower-case, without any white space",),
    "last_name": ("lower-case, without any white space",),
    "zip_code": ("lower-case, without any white space",),
    "city": ("lower-case letters and digits without diacritics", "sent as it is, not hashed"),
    "state": ("lower-case letters and digits without diacritics", "sent as it is, not hashed"),
    "country": ("lower-case letters and digits without diacritics", "sent as it is, not hashed"),
    "ttclid": ("sent raw and whole: TikTok does not know a hashed click id",),
    "ttp": ("sent raw: TikTok does not know a hashed _ttp",),
    "ip": ("sent raw, if it is an address on the public internet",),
    "user_agent": ("sent raw",),
    "locale": ("sent raw, if it has the shape of a language tag (BCP 47)",),
}
HASHED = frozenset({"email", "phone", "external_id", "first_name", "last_name", "zip_code"})
ALIASES = {"phone_number": "phone", "zip": "zip_code"}
ALREADY = "64 hexadecimal digits are taken for a digest: they pass, in lower case"


@dataclass(frozen=True, slots=True)
class Hashed:
    """What became of one value. ``canonical`` is "" when it came hashed or was left out."""

    field: str
    canonical: str
    sent: str
    findings: tuple[str, ...]


def hash_value(
    ctx: typer.Context,
    field: Annotated[str, typer.Argument(metavar="FIELD", help="email, phone, external_id, ...")],
    value: Annotated[
        str, typer.Argument(metavar="VALUE|-", help="- reads it from stdin, past the history.")
    ],
    region: Annotated[
        str | None, typer.Option(metavar="DE", help="Country of a national phone number.")
    ] = None,
    explain: Annotated[bool, typer.Option("--explain", help="Print the rules as well.")] = False,
) -> int:
    """Print an identifier's canonical form and digest.

    Both as the gateway makes them. Exit 1 when the value would be left out.
    """
    call = calls.of(ctx)
    name = ALIASES.get(field, field)
    if name not in RULES:
        raise Failure(f"{field!r} is no match key", f"one of {', '.join(RULES)}")
    text = sys.stdin.read().removesuffix("\n") if value == "-" else value
    hashed = compute(name, text, region)
    if call.as_json:
        call.emit(_for_programs(hashed, explain))
    else:
        call.show(*_for_people(hashed, explain))
    return Ending.OK if hashed.sent else Ending.FINDINGS


def compute(field: str, value: str, region: str | None) -> Hashed:
    """Normalize one *value*, by the very function that the pipeline uses."""
    from tandemgate.core.normalize import normalize
    from tandemgate.model.person import Identifiers

    several = field in {"email", "phone", "external_id"}
    person = Identifiers(**{field: (value,) if several else value})  # type: ignore[arg-type]
    normalized = normalize(person, region, _rules(), "")
    made = getattr(normalized.match_keys, field)
    sent = (made[0] if made else "") if several else (made or "")
    return Hashed(
        field,
        _canonical(field, value, region, sent) if sent else "",
        sent,
        tuple(f"{each.reason}: {each.note}" for each in normalized.findings),
    )


def _canonical(field: str, value: str, region: str | None, sent: str) -> str:
    """Return the text whose digest is *sent*; "" when the value came as a digest."""
    if field not in HASHED:
        return sent
    from tandemgate.core import normalize

    text = value.strip()
    canonical: dict[str, Callable[[str], object]] = {
        "email": normalize.canonical_email,
        "phone": lambda text: normalize.canonical_phone(text, region),
        "external_id": str,
    }
    found = canonical.get(field, normalize.canonical_name)(text)
    plain = found.keep or "" if isinstance(found, normalize.Odd) else str(found)
    return "" if text.lower() == sent else plain


def _rules() -> "PixelRules":
    from tandemgate.cli.offline import offline_rules

    return offline_rules()


def _for_programs(hashed: Hashed, explain: bool) -> dict[str, object]:
    return {
        "field": hashed.field,
        "canonical": hashed.canonical or None,
        "sent": hashed.sent or None,
        "hashed": hashed.field in HASHED,
        "findings": list(hashed.findings),
        **({"rules": list(RULES[hashed.field])} if explain else {}),
    }


def _for_people(hashed: Hashed, explain: bool) -> list[str]:
    from rich.markup import escape

    label = "SHA-256" if hashed.field in HASHED else "sent"
    lines = []
    if hashed.canonical and hashed.field in HASHED:
        lines.append(f"canonical  {escape(hashed.canonical)}")
    lines.append(f"{label:<11}{escape(hashed.sent) or 'nothing: the value is left out'}")
    lines += [f"note       {escape(note)}" for note in hashed.findings]
    if explain:
        always = (ALREADY,) if hashed.field in HASHED else ()
        lines += [f"rule       {rule}" for rule in (*RULES[hashed.field], *always)]
    return lines

"""``tandemgate consent decode``: what the string of a consent platform says."""

import sys
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Annotated, Any

import typer

from tandemgate.cli import call as calls
from tandemgate.cli.ending import Ending

if TYPE_CHECKING:
    from tandemgate.core.signals.gpp import Section
    from tandemgate.core.signals.tcf import Numbers, TcString
    from tandemgate.model.consent import Said, SaidIn

WORDS = {
    "tc_string": "a TC string",
    "gpp_string": "a GPP string",
    "us_privacy": "a US Privacy string",
    "gcd": "Google's consent mode",
}


def decode(
    ctx: typer.Context,
    text: Annotated[
        str, typer.Argument(metavar="STRING|-", help="TC, GPP, US Privacy or gcd; - reads stdin.")
    ],
    vendor: Annotated[
        int, typer.Option(metavar="ID", help="Ask for this vendor's consent too.")
    ] = 0,
) -> int:
    """Say what a consent string says, as the gateway reads it.

    Exit 1 when it, or a part of it, is unreadable.
    """
    call = calls.of(ctx)
    text = sys.stdin.read().strip() if text == "-" else text
    told = describe(text, frozenset({vendor} - {0}))
    if call.as_json:
        call.emit(told)
    else:
        call.show(*_for_people(told))
    return Ending.FINDINGS if told["unreadable"] else Ending.OK


def describe(text: str, vendors: frozenset[int] = frozenset()) -> dict[str, Any]:
    """Read *text* by the functions that the pipeline uses."""
    from tandemgate.core.signals.weigh import hear

    said = hear(_kind(text), text, vendors)
    return {**_said(said), **_inside(said.source, text)}


def _kind(text: str) -> "SaidIn":
    """Tell by its beginning what *text* is meant to be; each kind has its own."""
    from tandemgate.model.consent import SaidIn

    if text.startswith("D"):
        return SaidIn.GPP_STRING
    if text.startswith("1"):
        return SaidIn.US_PRIVACY if len(text) <= len("1YNN") else SaidIn.GCD
    return SaidIn.TC_STRING


def _said(said: "Said") -> dict[str, Any]:
    return {
        "source": said.source,
        "ad_user_data": said.ad_user_data,
        "ad_personalization": said.ad_personalization,
        "opt_out": said.opt_out,
        "unreadable": said.unreadable,
        "digest": said.digest.hex() if said.digest else None,
    }


def _inside(source: "SaidIn", text: str) -> dict[str, Any]:
    """Tell what the string holds besides, where it has parts."""
    from tandemgate.core.signals.gpp import GppString, read_gpp_string
    from tandemgate.core.signals.tcf import TcString, read_tc_string

    if source == "tc_string" and isinstance(read := read_tc_string(text), TcString):
        return {"tcf": _tcf(read)}
    if source == "gpp_string" and isinstance(gpp := read_gpp_string(text), GppString):
        return {"sections": [{"id": number, **_section(it)} for number, it in gpp.sections]}
    return {}


def _section(section: "Section") -> dict[str, Any]:
    from tandemgate.core.signals.bits import Unreadable
    from tandemgate.core.signals.gpp import LeftOut, UsPrivacy, UsSection
    from tandemgate.core.signals.tcf import TcString

    match section:
        case TcString():
            return {"name": "tcfeuv2", **_tcf(section)}
        case UsPrivacy():
            return {"name": "uspv1", "opt_out": section.opt_out}
        case UsSection():
            fields = {name: list(chosen) for name, chosen in section.fields}
            head = {"name": section.name, "version": section.version, "opt_out": section.opt_out}
            return {**head, "gpc": section.gpc, "fields": fields}
        case LeftOut():
            return {"left_out": "it speaks neither for Europe nor for the United States"}
        case Unreadable():
            return {"unreadable": section.why}


def _tcf(read: "TcString") -> dict[str, Any]:
    return {
        "policy": read.policy,
        "cmp_id": read.cmp_id,
        "cmp_version": read.cmp_version,
        "vendor_list": read.vendor_list,
        "updated": datetime.fromtimestamp(read.updated, UTC).date().isoformat(),
        "purposes": _ids(read.purposes),
        "vendors": sum(map(len, read.vendors)),
        "disclosed": None if read.disclosed is None else sum(map(len, read.disclosed)),
        "restrictions": len(read.restrictions),
    }


def _ids(numbers: "Numbers") -> list[int]:
    return [number for some in numbers for number in some]


def _for_people(told: dict[str, Any]) -> list[str]:
    lines = [f"read as             {WORDS[told['source']]}"]
    if told["unreadable"]:
        lines.append(f"unreadable          {told['unreadable']}; it grants nothing")
    lines += [
        f"ad_user_data        {told['ad_user_data'] or 'says nothing'}",
        f"ad_personalization  {told['ad_personalization'] or 'says nothing'}",
        f"opt-out             {'yes' if told['opt_out'] else 'no'}",
        f"digest              {told['digest']}",
    ]
    parts = [told["tcf"]] if "tcf" in told else told.get("sections", [])
    return [*lines, *(line for part in parts for line in ("", *_part_for_people(part)))]


def _part_for_people(part: dict[str, Any]) -> list[str]:
    fields = part.get("fields", {})
    lines = {name: value for name, value in part.items() if name != "fields"} | fields
    return [f"{name:<32}{_word(value)}" for name, value in lines.items() if value is not None]


def _word(value: object) -> str:
    match value:
        case bool():
            return "yes" if value else "no"
        case list():
            return " ".join(map(str, value)) or "none"
        case _:
            return str(value)

"""A visit, with those at other hosts that it follows."""

from collections.abc import Callable
from dataclasses import replace
from typing import Final, TypeVar

from msgspec import structs

from tandemgate.core.visit import merge
from tandemgate.model.consent import Flag, Signals
from tandemgate.model.visit import Agreed, Visit

MOST_HOSTS: Final = 4
"""Hosts whose visits follow each other, such as shop, checkout, bank, shop."""

K = TypeVar("K", str, bytes)


def whole(
    session: K, visit_of: Callable[[K], Visit | None], followed_by: Callable[[K], K | None]
) -> tuple[Visit | None, bool]:
    """Return a visit with those at other hosts that it follows, and whether there is one.

    Two hosts that send their visitors to and fro follow each other: each is looked at once.
    """
    visit, met, linked = visit_of(session), {session}, False
    earlier = None if visit is None else followed_by(session)
    while visit is not None and earlier is not None and len(met) <= MOST_HOSTS:
        if earlier in met:
            break
        met.add(earlier)
        if (shown := visit_of(earlier)) is not None:
            visit, linked = joined(visit, shown), True
        earlier = followed_by(earlier)
    return visit, linked


def found_by(kind: str, *, linked: bool) -> str:
    """Say by what a visit was found."""
    return f"{kind} and a link from another host" if linked else kind


def joined(own: Visit, earlier: Visit) -> Visit:
    """Bring together a visit and the one at another host that it follows.

    Consent is each host's own to ask for: what was agreed to there counts for nothing here, and
    what was denied there is denied here too.
    """
    return replace(merge(earlier, own), agreed=_stricter(own.agreed, earlier.agreed))


def _stricter(own: Agreed | None, earlier: Agreed | None) -> Agreed | None:
    if earlier is None:
        return own
    signals, said = own.signals if own else Signals(), earlier.signals
    flags = (
        _denied(signals.ad_user_data, said.ad_user_data),
        _denied(signals.ad_personalization, said.ad_personalization),
    )
    objections = (signals.opt_out or said.opt_out, signals.child or said.child)
    if own is None and not any((*flags, *objections)):
        return None
    kept = structs.replace(
        signals,
        ad_user_data=flags[0],
        ad_personalization=flags[1],
        opt_out=objections[0],
        child=objections[1],
    )
    return Agreed(kept, own.at if own else earlier.at)


def _denied(own: Flag | None, earlier: Flag | None) -> Flag | None:
    return earlier if earlier is Flag.DENIED else own

"""``tandemgate consent``: what was decided about each event, why, and whether it can be proven."""

import time
from typing import TYPE_CHECKING, Annotated
from urllib.parse import quote

import typer

from tandemgate.cli import call as calls
from tandemgate.cli import options
from tandemgate.cli.ask import reader
from tandemgate.cli.consent.decode import decode
from tandemgate.cli.consent.policy import policy
from tandemgate.cli.ending import Ending
from tandemgate.cli.events import the_one
from tandemgate.cli.export import After, Format, Out, What, export
from tandemgate.cli.send import EventTime, File, fresh
from tandemgate.cli.validate import ConsentProfile

if TYPE_CHECKING:
    from tandemgate.cli.consent.offline import RulesOf

consent = typer.Typer(
    help="Tell what was decided about consent, and prove it.",
    no_args_is_help=True,
    rich_markup_mode=None,
)
consent.add_typer(policy, name="policy")
consent.command()(decode)


@consent.command()
def explain(
    ctx: typer.Context,
    event_id: Annotated[str, typer.Argument(metavar="EVENT_ID")],
    *,
    pixel: options.Pixel = None,
    event: options.Event = None,
    channel: options.Channel = None,
    url: options.Url = None,
    key_env: options.KeyEnv = None,
) -> int:
    """Prove one decision: who said what, which rule followed, what left, and when.

    Decides again from what is stored, under the policy version of then. Exit 1 when another
    decision comes out.
    """
    from tandemgate.cli.consent.words import PROVEN, explained
    from tandemgate.cli.gateway import need

    call = calls.of(ctx)
    which = {"pixel": pixel, "event": event, "channel": channel}
    with reader(call, url=url, key_env=key_env) as gateway:
        reply = gateway.get(f"/api/consent/{quote(event_id, safe='')}", which)
        told = need(the_one(reply, event_id, "consent explain"), 200)
    call.tell(told, lambda told: [explained(told)])
    return Ending.OK if told["again"]["verdict"] in PROVEN else Ending.FINDINGS


@consent.command()
def decide(
    ctx: typer.Context,
    file: File,
    *,
    region: options.Region = None,
    consent_profile: Annotated[
        ConsentProfile | None, typer.Option(metavar="NAME", help="guide, strict or drop.")
    ] = None,
    event_time: EventTime = None,
) -> int:
    """Decide about every event of a file, offline: nothing is sent and nothing stored.

    A pixel of the settings decides by its own policy, any other by the defaults. Exit 1 when an
    event would be rejected.
    """
    from tandemgate.cli.consent.offline import Clock, decided
    from tandemgate.cli.payload import read

    call = calls.of(ctx)
    clock = Clock(None if fresh(event_time) else time.time())
    told = decided(read(file), _rules(call, region, consent_profile), clock)
    if call.as_json:
        call.emit({"file": file, "events": told})
    else:
        from tandemgate.cli.consent.words import foretold

        call.show(*map(foretold, told))
    rejected = any(one["outcome"] == "rejected" for one in told)
    return Ending.FINDINGS if rejected else Ending.OK


@consent.command("export")
def export_decisions(
    ctx: typer.Context,
    *,
    form: Annotated[Format, typer.Option("--format", help="csv or jsonl.")] = Format.CSV,
    pixel: options.Pixel = None,
    event: options.Event = None,
    state: options.State = None,
    since: options.Received = None,
    until: options.ReceivedBefore = None,
    query: options.Query = None,
    after: After = None,
    out: Out = None,
    url: options.Url = None,
    key_env: options.KeyEnv = None,
) -> None:
    """Write the decision of every event to standard output, newest first; it names nobody.

    The same as events export --what decisions.
    """
    call = calls.of(ctx)
    chosen = options.filters(
        pixel=pixel, event=event, state=state, since=since, until=until, query=query
    )
    with reader(call, url=url, key_env=key_env) as gateway:
        export(call, gateway, What.DECISIONS, form, {**chosen, "after": after}, out=out)


def _rules(call: calls.Call, region: str | None, profile: ConsentProfile | None) -> "RulesOf":
    """Find the policies: those of the settings, where there are any, under the options."""
    from dataclasses import replace

    from msgspec import structs

    from tandemgate.cli.connect import configured, is_configured
    from tandemgate.cli.offline import NoStore, offline_rules
    from tandemgate.model.consent import Profile
    from tandemgate.model.rules import PixelRules
    from tandemgate.wiring.pixels import pixel_rules

    known: dict[str, PixelRules] = {}
    if is_configured(call):
        settings = configured(call)
        known = {one.id: pixel_rules(one, settings.tiktok, NoStore()) for one in settings.pixels}

    def rules_of(pixel_id: str) -> PixelRules:
        rules = known.get(pixel_id) or offline_rules(pixel_id)
        asked = rules.policy.profile if profile is None else Profile(profile)
        policy = structs.replace(rules.policy, profile=asked)
        return replace(rules, policy=policy, default_region=region or rules.default_region)

    return rules_of

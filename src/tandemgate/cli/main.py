"""The command line: the list of verbs, the global options, and how every error ends."""

import signal
import sys
from io import StringIO
from pathlib import Path
from typing import Annotated

import typer

from tandemgate import __version__
from tandemgate.cli import mishap
from tandemgate.cli.alerts import alerts
from tandemgate.cli.audit import audit
from tandemgate.cli.call import Call
from tandemgate.cli.config import config as config_verb
from tandemgate.cli.consent.verbs import consent
from tandemgate.cli.consent.withdraw import withdraw
from tandemgate.cli.db import db
from tandemgate.cli.delivery import delivery
from tandemgate.cli.demo.verb import demo
from tandemgate.cli.doctor import doctor
from tandemgate.cli.ending import Ending, Failure
from tandemgate.cli.erase import erase
from tandemgate.cli.events import events
from tandemgate.cli.explain import explain
from tandemgate.cli.hash import hash_value
from tandemgate.cli.init.verb import init
from tandemgate.cli.keys import keys
from tandemgate.cli.pairs import pairs
from tandemgate.cli.problems import problems
from tandemgate.cli.quality import quality
from tandemgate.cli.reconcile.verb import reconcile
from tandemgate.cli.replay import replay
from tandemgate.cli.sealing import forget_payloads, rotate_key, shred_day
from tandemgate.cli.send import send
from tandemgate.cli.serve import serve
from tandemgate.cli.simulate import simulate
from tandemgate.cli.snippet import snippet
from tandemgate.cli.taxonomy import taxonomy
from tandemgate.cli.testing import testing
from tandemgate.cli.tokens import tokens
from tandemgate.cli.trigger import trigger
from tandemgate.cli.validate import validate
from tandemgate.model.errors import ConfigurationError

FLAGS = frozenset({"--json", "--quiet", "-q"})
EVERYWHERE = "Before or after any verb: --json, --quiet, --config FILE."

# Plain help: drawing it with rich costs 0.4 s, three times what the rest of --help takes.
app = typer.Typer(
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    no_args_is_help=True,
    context_settings={"max_content_width": 100},
)
PASS_THROUGH = {"allow_extra_args": True, "ignore_unknown_options": True, "help_option_names": []}

app.command(epilog=EVERYWHERE)(demo)
app.command(epilog=EVERYWHERE)(init)
app.command(epilog=EVERYWHERE)(serve)
app.command(context_settings=PASS_THROUGH)(simulate)
app.command(epilog=EVERYWHERE)(send)
app.command(epilog=EVERYWHERE)(trigger)
app.command(epilog=EVERYWHERE)(validate)
app.command("hash", epilog=EVERYWHERE)(hash_value)
app.command(epilog=EVERYWHERE)(explain)
app.add_typer(events, name="events", epilog=EVERYWHERE)
app.add_typer(delivery, name="delivery", epilog=EVERYWHERE)
app.add_typer(alerts, name="alerts", epilog=EVERYWHERE)
app.add_typer(consent, name="consent", epilog=EVERYWHERE)
consent.command()(withdraw)
app.command(epilog=EVERYWHERE)(pairs)
app.command(epilog=EVERYWHERE)(taxonomy)
app.add_typer(quality, name="quality", epilog=EVERYWHERE)
app.command(epilog=EVERYWHERE)(reconcile)
app.add_typer(problems, name="problems", epilog=EVERYWHERE)
app.add_typer(testing, name="test", epilog=EVERYWHERE)
app.command(epilog=EVERYWHERE)(replay)
app.command(epilog=EVERYWHERE)(erase)
app.command(epilog=EVERYWHERE)(audit)
app.command(epilog=EVERYWHERE)(doctor)
app.add_typer(db, name="db", epilog=EVERYWHERE)
db.command()(rotate_key)
db.command()(shred_day)
db.command()(forget_payloads)
app.add_typer(config_verb, name="config", epilog=EVERYWHERE)
app.add_typer(tokens, name="tokens", epilog=EVERYWHERE)
app.add_typer(keys, name="keys", epilog=EVERYWHERE)
app.add_typer(snippet, name="snippet", epilog=EVERYWHERE)


def _print_version(wanted: bool) -> None:
    if wanted:
        print(f"tandemgate {__version__}")
        raise typer.Exit


@app.callback()
def read_global_options(
    ctx: typer.Context,
    as_json: Annotated[bool, typer.Option("--json", help="Print results as JSON.")] = False,
    config: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Settings; else TANDEMGATE_CONFIG, else ./tandemgate.toml."
        ),
    ] = None,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Print results only, no remarks.")
    ] = False,
    _version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Give TikTok the server's copy of every conversion: consented, deduplicated, provable."""
    ctx.obj = Call(as_json=as_json, quiet=quiet, config=config)


def hoist(arguments: list[str]) -> list[str]:
    """Move global options to the front, so that they may follow the verb as well.

    What stands after ``--`` or ``simulate`` is not ours to read.
    """
    front: list[str] = []
    rest: list[str] = []
    words = iter(arguments)
    for word in words:
        if word == "--" or (word == "simulate" and not rest):
            rest += [word, *words]
        elif word in FLAGS or word.startswith("--config="):
            front.append(word)
        elif word == "--config":
            front += [word, *(value for value in [next(words, None)] if value is not None)]
        else:
            rest.append(word)
    return front + rest


def run(arguments: list[str]) -> int:
    """Run one command line and return its exit code; whatever stops it is said on stderr."""
    try:
        ending = app(hoist(arguments), prog_name="tandemgate", standalone_mode=False)
    except Failure as failure:
        return _complain(failure.message, failure.way_out, failure.ending)
    except ConfigurationError as misfit:
        return _complain("\n".join(misfit.lines), misfit.try_, Ending.USAGE)
    except typer.TyperException as misuse:
        context = getattr(misuse, "ctx", None)
        command = context.command_path if context else "tandemgate"
        return _complain(misuse.format_message(), f"{command} --help", Ending.USAGE)
    except BrokenPipeError:
        # The reader has seen enough (`| head`); a closed stdout must not complain again at exit.
        sys.stdout = StringIO()
        return Ending.OK
    return int(ending or Ending.OK)


def _complain(message: str, way_out: str, ending: Ending) -> int:
    print(f"Error: {message}", file=sys.stderr)
    print(f"Try: {way_out}", file=sys.stderr)
    return ending


def main() -> None:
    """Be the console command ``tandemgate``; an interrupted one ends as the shell expects."""
    mishap.install()
    try:
        signal.signal(signal.SIGINT, signal.default_int_handler)
        code = run(sys.argv[1:])
    except KeyboardInterrupt:
        code = Ending.INTERRUPTED
    sys.exit(code)

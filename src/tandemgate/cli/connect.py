"""Which gateway a verb talks to, and with which key: read from the gateway's own settings."""

from tandemgate.cli.call import Call
from tandemgate.cli.ending import Failure
from tandemgate.cli.gateway import Gateway
from tandemgate.settings import KeyKind, KeySettings, Scope, Settings, environment, load
from tandemgate.settings.layers import PREFIX, find_file

ANY_HOST = frozenset({"0.0.0.0", "::"})  # noqa: S104 - where a server listens, not we


def connect(
    call: Call,
    scope: Scope,
    *,
    url: str | None,
    key_env: str | None,
    pixel: str | None = None,
) -> Gateway:
    """Return the gateway that *call* means; *url* and *key_env* go before the settings.

    Raises:
        Failure: *key_env* names a variable that is not set.
        ConfigurationError: the settings do not fit.

    """
    if url and key_env:
        return Gateway(url, _secret_from(key_env))
    settings = configured(call)
    key = _secret_from(key_env) if key_env else choose_key(settings, scope, pixel)
    return Gateway(url or address(settings), key)


def is_configured(call: Call) -> bool:
    """Tell whether there are any settings: a file, or variables."""
    variables = environment()
    return bool(
        find_file(call.config, variables) or any(name.startswith(PREFIX) for name in variables)
    )


def configured(call: Call) -> Settings:
    """Return the settings, which a verb that talks to a gateway can't do without."""
    if not is_configured(call):
        raise Failure(
            "there are no settings: no --config, no TANDEMGATE_CONFIG, no ./tandemgate.toml",
            "tandemgate demo, which prints a TANDEMGATE_CONFIG to export; or --url with --key-env",
        )
    return load(call.config)


def address(settings: Settings) -> str:
    """Where the gateway is reached: as the settings state it, else where it listens."""
    if "server.public_url" in settings.origin:
        return settings.server.public_url
    listen = settings.server.listen
    host = "127.0.0.1" if listen.host in ANY_HOST else listen.host
    return f"http://{listen._replace(host=host)}"


def choose_key(settings: Settings, scope: Scope, pixel: str | None) -> str:
    """Return the secret of the key that opens most: for *pixel*, then for everything; or ""."""
    able = [key for key in settings.keys if _may(key, scope)]
    ranked = sorted(able, key=lambda key: (pixel not in key.pixels, key.kind is not KeyKind.ADMIN))
    return ranked[0].secret.reveal() if ranked else ""


def _may(key: KeySettings, scope: Scope) -> bool:
    return key.kind is KeyKind.ADMIN or (key.kind is KeyKind.SERVER and scope in key.scopes)


def _secret_from(variable: str) -> str:
    secret = environment().get(variable, "")
    if not secret:
        raise Failure(
            f"--key-env {variable}: that environment variable is not set",
            f"export {variable}=... with the secret of a key from the gateway's settings",
        )
    return secret

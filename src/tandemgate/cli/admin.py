"""What only an admin may do is asked with an admin's key."""

from typing import TYPE_CHECKING

from tandemgate.cli.call import Call
from tandemgate.cli.ending import Failure
from tandemgate.model.key import KeyKind, Scope

if TYPE_CHECKING:
    from tandemgate.cli.gateway import Gateway


def connect_as_admin(
    call: Call, subject: str, *, url: str | None, key_env: str | None
) -> "Gateway":
    """Return the gateway that *call* means; *subject* (``"tokens are"``) is an admin's business.

    Raises:
        Failure: no admin key is configured, and none was named.

    """
    from tandemgate.cli.connect import configured, connect

    if not key_env and all(key.kind is not KeyKind.ADMIN for key in configured(call).keys):
        raise Failure(
            f"{subject} an admin's business, and the settings name no admin key",
            'add [[keys]] with kind = "admin", a name and a secret, restart the gateway once; '
            "or --key-env NAME",
        )
    return connect(call, Scope.WRITE, url=url, key_env=key_env)

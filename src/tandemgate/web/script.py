"""The browser script: the files that were built into the package, and how pages may load them."""

from base64 import b64encode
from dataclasses import dataclass
from functools import cache
from gzip import compress
from hashlib import sha256, sha384
from importlib.resources import files
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from tandemgate.catalog.reasons import problem
from tandemgate.web.answers import Refusal
from tandemgate.web.api import respond

TAG: Final = "t.js"
MODULE: Final = "t.mjs"
TYPES: Final = "t.d.ts"

SHORT: Final = "public, max-age=300, stale-while-revalidate=86400"
FOREVER: Final = "public, max-age=31536000, immutable"
NOT_BUILT: Final = Refusal(503, problem("script_not_built", "", "a package without the script"))


@dataclass(frozen=True, slots=True)
class Asset:
    """One built file, ready to be served."""

    content: bytes
    packed: bytes
    """The same in gzip, equal for equal content."""
    digest: str
    """The first 16 hexadecimal digits of its SHA-256: its name for ever, and its ETag."""
    integrity: str
    """What Subresource Integrity wants in the tag (https://www.w3.org/TR/SRI/)."""


@cache
def asset(name: str) -> Asset | None:
    """Read a built file; ``None`` where the package was installed without building it."""
    found = files("tandemgate.web").joinpath("static", name)
    if not found.is_file():
        return None
    content = found.read_bytes()
    return Asset(
        content=content,
        packed=compress(content, 9, mtime=0),
        digest=sha256(content).hexdigest()[:16],
        integrity=f"sha384-{b64encode(sha384(content).digest()).decode()}",
    )


async def tag(request: Request) -> Response:
    """Serve the script under its plain name: fresh within minutes of an upgrade."""
    return _serve(request, TAG, SHORT)


async def pinned(request: Request) -> Response:
    """Serve the script under the name that only this very content has."""
    built = asset(TAG)
    if built is not None and request.path_params["digest"] != built.digest:
        refusal = Refusal(404, problem("script_of_another_version", "", f"/t.{built.digest}.js"))
        return respond(refusal, _id(request))
    return _serve(request, TAG, FOREVER)


async def module(request: Request) -> Response:
    """Serve the ES module."""
    return _serve(request, MODULE, SHORT)


async def types(request: Request) -> Response:
    """Serve the module's types."""
    return _serve(request, TYPES, SHORT)


def _serve(request: Request, name: str, caching: str) -> Response:
    built = asset(name)
    if built is None:
        return respond(NOT_BUILT, _id(request))
    request.state.shared = True  # read by the Guard
    etag = f'"{built.digest}"'
    headers = {
        "etag": etag,
        "cache-control": caching,
        "vary": "accept-encoding",
        # Integrity is checked only where the other origin lets the page read the file.
        "access-control-allow-origin": "*",
    }
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    if "gzip" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "gzip"
        return Response(built.packed, headers=headers, media_type="text/javascript")
    return Response(built.content, headers=headers, media_type="text/javascript")


def _id(request: Request) -> str:
    return str(request.state.request_id)

"""``/openapi.json`` and ``/docs/api``: the HTTP side described, for programs and for people."""

from starlette.requests import Request
from starlette.responses import Response

from tandemgate.web.api import respond
from tandemgate.web.health import refused_watcher
from tandemgate.web.manual import key_wanted
from tandemgate.web.openapi.document import document, encoded
from tandemgate.web.openapi.page import written
from tandemgate.web.pages import page
from tandemgate.web.parts import Parts


class Described:
    """Hands out the one document, and the page that is made of it."""

    def __init__(self, parts: Parts) -> None:
        self._parts = parts

    async def openapi(self, request: Request) -> Response:
        """Answer the document; in production only to a key with the right to read."""
        if refusal := refused_watcher(self._parts, request):
            return respond(refusal, request.scope["state"]["request_id"])
        return Response(encoded(), media_type="application/json")

    async def docs(self, request: Request) -> Response:
        """Show the document to people, under the same condition."""
        if refused_watcher(self._parts, request):
            return key_wanted()
        return page("HTTP API", written(document(), self._parts.public_url))

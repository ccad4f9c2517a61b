"""``GET /v1/projects/{key}/settings``: what Segment's library for pages asks before it starts.

Segment answers with what is set up there. The gateway answers that calls go to it and nowhere else,
and that the library counts nothing about itself, which it would tell Segment.

Source: the library's own use of the answer (``CDNSettings`` in @segment/analytics-next).
"""

from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.responses import Response

from tandemgate.catalog.reasons import problem
from tandemgate.core.reading import printable
from tandemgate.web.answers import Answer, Refusal, as_json
from tandemgate.web.api import respond
from tandemgate.web.door import allowing
from tandemgate.web.keys import KeyGrant
from tandemgate.web.parts import Parts


class Library:
    """Answers the library of a page."""

    def __init__(self, parts: Parts) -> None:
        self._keys = parts.keys
        self._url = urlsplit(parts.public_url)

    async def settings(self, request: Request) -> Response:
        """Say where the calls of the page go."""
        origin = request.headers.get("origin", "")
        answer = self._answer(request.path_params["key"], origin, request)
        if origin in self._keys.origins():
            answer = answer.with_headers(*allowing(origin))
        return respond(answer, request.scope["state"]["request_id"])

    def _answer(self, presented: str, origin: str, request: Request) -> Answer:
        request_id = request.scope["state"]["request_id"]
        key = self._keys.public(presented)
        if not isinstance(key, KeyGrant):
            return Refusal(401, key).answer(request_id)
        if origin not in key.origins:
            came = printable(origin) if origin else "nothing"
            found = problem("origin_not_allowed", "header Origin", came)
            return Refusal(403, found).answer(request_id)
        return as_json(
            200,
            {
                "integrations": {
                    "Segment.io": {
                        "apiKey": presented,
                        "apiHost": f"{self._url.netloc}{self._url.path.rstrip('/')}/v1",
                        "protocol": self._url.scheme,
                    }
                },
                "metrics": {"sampleRate": 0},
            },
        )

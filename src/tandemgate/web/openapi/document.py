"""``/openapi.json``: OpenAPI 3.1 made of the table of operations and of the types in it."""

from collections.abc import Iterator, Mapping
from functools import cache
from http import HTTPStatus
from typing import Any, Final

import msgspec

from tandemgate import __version__
from tandemgate.web.answers import Json
from tandemgate.web.openapi.operations import JSON, OPERATIONS, Group, Media, Operation, Who
from tandemgate.web.openapi.parameters import Parameter
from tandemgate.web.openapi.shapes.intake import Refused

TEMPLATE: Final = "#/components/schemas/{name}"
ABOUT: Final = """\
A self-hosted gateway that gives TikTok's Events API the server's copy of every conversion. \
Every answer has the header `x-request-id`, by which it is found in the log. What is refused says \
why: the code and reason, the field, what came, what is expected, and the fix."""

MEANINGS: Final[Mapping[int, str]] = {
    200: "Done",
    201: "Made",
    303: "On to the landing page, with the cookie of the test",
    400: "Something is not what is expected; `problems` says what",
    401: "The key is missing or unknown",
    403: "The key may not do this, or does not open this pixel",
    404: "There is none of this name",
    408: "The body came too slowly",
    409: "It contradicts what is there",
    413: "The body is too large",
    415: "The body has an encoding other than gzip",
    429: "Too many requests; `Retry-After` says when to go on",
    500: "A mistake of the gateway's; the log knows the request by its id",
    503: "The store can't be used now; nothing was done, and `Retry-After` says when to go on",
}
_PAUSED: Final = frozenset({429, 503})
_KEYS: Final[Mapping[Who, list[Json]]] = {
    Who.ANYBODY: [],
    Who.PAGE: [],
    Who.SHOP: [],
    Who.WATCHER: [{"key": ["read"]}, {}],
    Who.CLIENT: [{"key": ["write"]}, {}],
    Who.KEYLESS: [{"key": ["write"]}, {}],
    Who.READ: [{"key": ["read"]}],
    Who.WRITE: [{"key": ["write"]}],
    Who.ADMIN: [{"key": ["admin"]}],
}


@cache
def document() -> Json:
    """Describe the whole HTTP side."""
    kinds = list(dict.fromkeys(_kinds()))
    schemas, components = msgspec.json.schema_components(kinds, ref_template=TEMPLATE)
    of_kind = dict(zip(kinds, schemas, strict=True))
    refused = sorted({status for one in OPERATIONS for status in one.refusals()})
    paths: dict[str, Json] = {}
    for one in OPERATIONS:
        paths.setdefault(one.path, {})[one.method.lower()] = _operation(one, of_kind)
    return {
        "openapi": "3.1.0",
        "info": {"title": "tandemgate", "version": __version__, "description": ABOUT},
        "servers": [{"url": "/"}],
        "tags": [{"name": group.value} for group in Group],
        "paths": paths,
        "components": {
            "schemas": dict(sorted(components.items())),
            "responses": {str(status): _answer(status, Refused, of_kind) for status in refused},
            "headers": {
                "x-request-id": _header("The request's id, by which the log knows it"),
                "Retry-After": _header("Seconds after which to try again", "integer"),
            },
            "securitySchemes": {
                "key": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A server key with the scope that is named, for its own pixels; "
                    "or an admin key, for all. `tandemgate keys create` makes one.",
                }
            },
        },
    }


@cache
def encoded() -> bytes:
    """Write the document as JSON."""
    return msgspec.json.encode(document())


def _kinds() -> Iterator[Any]:
    yield Refused
    for one in OPERATIONS:
        yield from one.shapes()
        yield from (parameter.kind for parameter in (*one.in_path().values(), *one.asks.values()))
        if one.body is not None:
            yield one.body


def _operation(one: Operation, of_kind: Mapping[Any, Json]) -> Json:
    told: Json = {
        "operationId": one.name,
        "tags": [one.group.value],
        "summary": one.summary,
        "description": f"Who may ask: {one.who}.",
        "security": _KEYS[one.who],
        "parameters": [
            *(_parameter(name, it, "path", of_kind) for name, it in one.in_path().items()),
            *(_parameter(name, it, "query", of_kind) for name, it in one.asks.items()),
        ],
    }
    if one.body is not None:
        told["requestBody"] = {
            "required": any(field.required for field in msgspec.structs.fields(one.body)),
            "content": {one.media: {"schema": of_kind[one.body]}},
        }
    refusals = {status: {"$ref": f"#/components/responses/{status}"} for status in one.refusals()}
    answers = {
        status: _answer(status, it, of_kind) | _said(one, status)
        for status, it in one.answers.items()
    }
    both = {**refusals, **answers}
    told["responses"] = {str(status): both[status] for status in sorted(both)}
    return told


def _said(one: Operation, status: int) -> Json:
    return {"description": one.says[status]} if status in one.says else {}


def _parameter(name: str, it: Parameter, place: str, of_kind: Mapping[Any, Json]) -> Json:
    return {
        "name": name,
        "in": place,
        "required": place == "path",
        "description": it.about,
        "schema": {"enum": [*it.words]} if it.words else of_kind[it.kind],
    }


def _answer(status: int, told: Any, of_kind: Mapping[Any, Json]) -> Json:  # noqa: ANN401 - as Answers have it
    names = ("x-request-id", "Retry-After") if status in _PAUSED else ("x-request-id",)
    answer: Json = {
        "description": MEANINGS.get(status, HTTPStatus(status).phrase),
        "headers": {name: {"$ref": f"#/components/headers/{name}"} for name in names},
    }
    if isinstance(told, Media):
        answer["content"] = {kind: _text(kind) for kind in told.types}
    elif isinstance(told, tuple):
        answer["content"] = {JSON: {"schema": {"anyOf": [of_kind[kind] for kind in told]}}}
    elif told is not None:
        answer["content"] = {JSON: {"schema": of_kind[told]}}
    return answer


def _text(kind: str) -> Json:
    return {"schema": {"type": "object" if kind == JSON else "string"}}


def _header(about: str, kind: str = "string") -> Json:
    return {"description": about, "schema": {"type": kind}}

"""``/openapi.json`` and ``/docs/api``: what is promised, to programs and people, is there."""

import html
import json
import re
from collections.abc import Iterator

import pytest
from jsonschema import Draft202012Validator
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.applications import Starlette
from starlette.routing import Route

from tandemgate.web.openapi.document import document
from tandemgate.web.openapi.example import example
from tandemgate.web.openapi.operations import OPERATIONS, Operation
from tests.web.described import UndescribedError, hold_to_document
from tests.web.gateway import BROWSER_KEY, READ_KEY, Gateway

FOR_EYES = ("/", "/style.css", "/docs", "/docs/api", "/docs/codes/{code}", "/docs/reasons/{reason}")
SCRIPT = ("/t.js", "/t.{digest}.js", "/t.mjs", "/t.d.ts")
"""Pages and files: routes that are no operations."""


def routed(gateway: Gateway) -> Iterator[tuple[str, str]]:
    """Every method and address of the application; a raw intake answers POST alone."""
    app = gateway.app._app  # noqa: SLF001 - what the guard guards
    assert isinstance(app, Starlette)
    for route in app.routes:
        assert isinstance(route, Route)
        path = re.sub(r":\w+\}", "}", route.path)
        for method in (route.methods or {"POST"}) - {"HEAD"}:
            if path not in (*FOR_EYES, *SCRIPT):
                yield method, path


def test_each_route_is_an_operation_and_each_operation_a_route(gateway: Gateway) -> None:
    """An address that nobody described is one that nobody can hold us to."""
    described = [(one.method, one.path) for one in OPERATIONS]
    assert sorted(described) == sorted(routed(gateway))
    assert len({one.name for one in OPERATIONS}) == len(OPERATIONS)


async def test_the_document_is_valid(gateway: Gateway) -> None:
    """By a validator of others, in the bytes that are served."""
    reply = await gateway.get("/openapi.json", None)
    assert (reply.status, reply.headers["content-type"]) == (200, "application/json")
    found = list(OpenAPIV31SpecValidator(reply.json).iter_errors())
    assert [error.message for error in found] == []
    assert reply.json == json.loads(json.dumps(document()))


@pytest.mark.parametrize(
    ("target", "statuses"), [("/openapi.json", [401, 403, 200]), ("/docs/api", [401, 401, 200])]
)
async def test_in_production_it_wants_a_key(target: str, statuses: list[int]) -> None:
    """It tells no secret, but strangers need not know what runs here."""
    gateway = Gateway(parts={"production": True})
    answers = [await gateway.get(target, key) for key in (None, BROWSER_KEY, READ_KEY)]
    assert [reply.status for reply in answers] == statuses


@pytest.mark.parametrize(
    ("path", "status", "kind", "body", "said"),
    [
        ("/livez", 418, "text/plain", b"", "GET /livez 418: not a status"),
        ("/livez", 200, "text/html", b"", "text/html, which is none of text/plain"),
        ("/readyz", 200, "application/json", b'{"ready": 1}', "'reasons' is a required property"),
        (
            "/readyz", 200, "application/json",
            b'{"ready": true, "reasons": [], "degraded": [], "why": ""}', "'why' was unexpected",
        ),
    ],
)  # fmt: skip
def test_an_answer_that_is_not_as_described_is_noticed(
    path: str, status: int, kind: str, body: bytes, said: str
) -> None:
    """Every answer that these tests see is held so; else holding them would prove nothing."""
    with pytest.raises(UndescribedError) as caught:
        hold_to_document("GET", path, status, kind, body)
    assert said in str(caught.value)


async def test_the_page_tells_every_operation_and_every_shape(gateway: Gateway) -> None:
    """It is made from the document, and needs no script and no other host."""
    reply = await gateway.get("/docs/api", None)
    page = reply.body.decode()
    for one in OPERATIONS:
        assert f'id="{one.name}"' in page
        assert html.escape(one.summary) in page
    for name in document()["components"]["schemas"]:
        assert f'id="{name}"' in page
    assert "<script" not in page
    assert "style=" not in page
    assert re.findall(r'(?:src|href)="(?![/#])', page) == []
    assert "default-src 'none'" in reply.headers["content-security-policy"]


@pytest.mark.parametrize("one", [one for one in OPERATIONS if one.body], ids=lambda one: one.name)
def test_the_example_of_a_body_is_one(one: Operation) -> None:
    """What is copied from the page is what the document asks for."""
    told = document()
    asked = told["paths"][one.path]["post"]["requestBody"]["content"][one.media]["schema"]
    schema = {**asked, "components": told["components"]}
    found = [
        error.message for error in Draft202012Validator(schema).iter_errors(example(asked, told))
    ]
    assert found == []


async def test_the_examples_are_ready_to_be_run(gateway: Gateway) -> None:
    """Curl takes braces in an address for a list of addresses."""
    page = html.unescape((await gateway.get("/docs/api", None)).body.decode())
    asked = re.findall(r"<pre>curl (?:-X POST )?(\S+)", page)
    assert len(asked) == len(OPERATIONS)
    assert [address for address in asked if "{" in address] == []


async def test_each_link_of_the_page_leads_somewhere(gateway: Gateway) -> None:
    """A shape is one click away from where it is named."""
    page = (await gateway.get("/docs/api", None)).body.decode()
    anchors = set(re.findall(r'id="([^"]+)"', page))
    assert set(re.findall(r'href="#([^"]+)"', page)) - anchors == set()

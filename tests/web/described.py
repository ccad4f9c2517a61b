"""Holds answers against what ``/openapi.json`` promises of them."""

import json
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from jsonschema import Draft202012Validator
from jsonschema.exceptions import best_match

from tandemgate.web.answers import Json
from tandemgate.web.openapi.document import document

JSON = "application/json"


class UndescribedError(AssertionError):
    """An answer is not as the document says."""


def hold_to_document(method: str, path: str, status: int, kind: str, body: bytes) -> None:
    """Fail if the answer to this request is none that the document describes.

    Pages and files are not described. Answers have no field that the document does not name,
    though it promises no caller that there will be none.
    """
    template = _template(path)
    if template is None or method not in _methods(template):
        return
    where = f"{method} {template} {status}"
    described = _answers(method, template).get(str(status))
    if described is None:
        raise UndescribedError(f"{where}: not a status of this operation")
    kinds = described.get("content", {})
    plain = kind.partition(";")[0]
    if kinds and plain not in kinds:
        raise UndescribedError(f"{where}: {kind}, which is none of {', '.join(kinds)}")
    if plain == JSON:
        error = best_match(_validator(method, template, str(status)).iter_errors(json.loads(body)))
        if error is not None:
            raise UndescribedError(f"{where}: {error.json_path}: {error.message}")


@cache
def closed() -> Json:
    """The document, in which an object has no field that is not named."""
    told: Json = _closed(document())
    return told


def _closed(part: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(part, list):
        return [_closed(one) for one in part]
    if not isinstance(part, dict):
        return part
    inner = {name: _closed(one) for name, one in part.items()}
    if part.get("type") == "object" and "properties" in part:
        inner["additionalProperties"] = False
    return inner


@cache
def _templates() -> list[tuple[re.Pattern[str], str]]:
    return [
        (
            re.compile(
                re.sub(r"\\{\w+\\}", "(.+)" if "event_id" in one else "[^/]+", re.escape(one))
            ),
            one,
        )
        for one in sorted(document()["paths"], key=lambda one: one.count("{"))
    ]


@cache
def _template(path: str) -> str | None:
    return next((one for pattern, one in _templates() if pattern.fullmatch(path)), None)


def _methods(template: str) -> Iterator[str]:
    return (method.upper() for method in document()["paths"][template])


def _answers(method: str, template: str) -> Json:
    told: Json = closed()["paths"][template][method.lower()]["responses"]
    return {status: _followed(one) for status, one in told.items()}


def _followed(told: Json) -> Json:
    if "$ref" not in told:
        return told
    followed: Json = closed()["components"]["responses"][told["$ref"].rpartition("/")[2]]
    return followed


@cache
def _validator(method: str, template: str, status: str) -> Draft202012Validator:
    schema = _answers(method, template)[status]["content"][JSON]["schema"]
    return Draft202012Validator({**schema, "components": closed()["components"]})

"""The document as HTML: made on the server, of what ``/openapi.json`` says and nothing else."""

import re
from collections.abc import Iterable, Mapping
from html import escape
from json import dumps
from typing import Any, Final

from tandemgate.web.answers import Json
from tandemgate.web.openapi.example import PLAIN, example

_CODE: Final = re.compile(r"``([^`]+)``|`([^`]+)`")
_SCHEMAS: Final = "#/components/schemas/"
_LOCAL: Final = "http://127.0.0.1:8080"


def written(document: Json, public_url: str) -> str:
    """Write the page's body; *public_url* is where the examples ask."""
    return "\n".join(_parts(document, public_url or _LOCAL))


def _parts(document: Json, url: str) -> Iterable[str]:
    yield f'<p class="about">{_text(document["info"]["description"])}</p>'
    yield (
        '<p class="about">For programs: <a href="/openapi.json">/openapi.json</a>, OpenAPI 3.1. '
        "A key goes into the header <code>Authorization: Bearer …</code>.</p>"
    )
    groups = [tag["name"] for tag in document["tags"]]
    yield _list(f'<a href="#{_anchor(name)}">{escape(name)}</a>' for name in groups)
    for name in groups:
        yield f'<h2 id="{_anchor(name)}">{escape(name)}</h2>'
        for path, methods in document["paths"].items():
            for method, one in methods.items():
                if name in one["tags"]:
                    yield _operation(path, method.upper(), one, document, url)
    yield '<h2 id="shapes">Shapes</h2>'
    for name, schema in document["components"]["schemas"].items():
        yield f'<section id="{name}"><h3>{name}</h3>{_schema(schema)}</section>'


def _operation(path: str, method: str, one: Json, document: Json, url: str) -> str:
    body = one.get("requestBody")
    told = [
        f"<p>{_text(one['description'])}</p>",
        _parameters(one["parameters"]),
        "" if body is None else _body(body),
        f"<h4>Example</h4><pre>{escape(_curl(path, method, one, document, url))}</pre>",
        _answers(one["responses"], document),
    ]
    title = f"<b>{method}</b> <code>{escape(path)}</code> <span>{escape(one['summary'])}</span>"
    return (
        f'<details class="asked" id="{one["operationId"]}"><summary>{title}</summary>'
        f"{''.join(told)}</details>"
    )


def _parameters(parameters: Iterable[Json]) -> str:
    rows = [
        f"<dt><code>{escape(it['name'])}</code> {_type(it['schema'])}"
        f"{' in the address' if it['in'] == 'path' else ''}<dd>{_text(it['description'])}"
        for it in parameters
    ]
    return f"<h4>Parameters</h4><dl>{''.join(rows)}</dl>" if rows else ""


def _body(body: Json) -> str:
    [(kind, content)] = body["content"].items()
    return f"<h4>Body</h4><p>{_type(content['schema'])} as <code>{escape(kind)}</code></p>"


def _answers(responses: Mapping[str, Json], document: Json) -> str:
    rows = []
    for status, told in responses.items():
        answer = _followed(told, document)
        kinds = [
            _type(content["schema"]) if kind == "application/json" else f"<code>{kind}</code>"
            for kind, content in answer.get("content", {}).items()
        ]
        rows.append(f"<dt>{status} {' or '.join(kinds)}<dd>{_text(answer['description'])}")
    return f"<h4>Answers</h4><dl>{''.join(rows)}</dl>"


def _schema(schema: Json) -> str:
    about = f"<p>{_text(schema['description'])}</p>" if "description" in schema else ""
    if "enum" in schema:
        return about + f"<p>{_type(schema)}</p>"
    needed = schema.get("required", ())
    rows = [
        f"<dt><code>{escape(name)}</code> {_type(it)}{'' if name in needed else ', optional'}"
        f"<dd>{_text(it.get('description', ''))}"
        for name, it in schema.get("properties", {}).items()
    ]
    return f"{about}<dl>{''.join(rows)}</dl>"


def _type(schema: Json) -> str:
    """Say in a few words what a value is."""
    if "$ref" in schema:
        name = schema["$ref"].removeprefix(_SCHEMAS)
        return f'<a href="#{name}">{name}</a>'
    if "enum" in schema:
        return " | ".join(f"<code>{escape(str(word))}</code>" for word in schema["enum"])
    if either := schema.get("anyOf"):
        return " or ".join(dict.fromkeys(map(_type, either)))
    if schema.get("type") == "array":
        return f"list of {_type(schema['items'])}" if "items" in schema else "list"
    if isinstance(inner := schema.get("additionalProperties"), dict):
        return f"object of {_type(inner)}"
    kind = schema.get("format") or schema.get("type", "anything")
    return escape(f"{kind}{_bounds(schema)}")


def _bounds(schema: Json) -> str:
    words = {
        "minimum": "at least", "maximum": "at most", "exclusiveMinimum": "more than",
        "exclusiveMaximum": "less than",
    }  # fmt: skip
    told = [f"{word} {schema[name]:g}" for name, word in words.items() if name in schema]
    return f" ({', '.join(told)})" if told else ""


def _curl(path: str, method: str, one: Json, document: Json, url: str) -> str:
    named = re.sub(r"\{(\w+)\}", lambda found: str(PLAIN[found[1]]), f"{url}{path}")
    lines = [f"curl {named}" if method == "GET" else f"curl -X {method} {named}"]
    if one["security"]:
        lines.append('-H "Authorization: Bearer $TANDEMGATE_KEY"')
    if body := one.get("requestBody"):
        [(kind, content)] = body["content"].items()
        told = dumps(example(content["schema"], document), ensure_ascii=False)
        told = told.replace(str(PLAIN["event_time"]), "'$(date +%s)'")
        lines += ["-H 'Origin: https://shop.example'"] if kind == "text/plain" else []
        lines += [f"-H 'Content-Type: {kind}'", f"-d '{told}'"]
    return " \\\n  ".join(lines)


def _followed(told: Json, document: Json) -> Json:
    if "$ref" not in told:
        return told
    found: Any = document
    for name in told["$ref"].removeprefix("#/").split("/"):
        found = found[name]
    followed: Json = found
    return followed


def _anchor(name: str) -> str:
    return re.sub(r"[^a-z]+", "-", name.lower())


def _list(items: Iterable[str]) -> str:
    return f'<ul class="list">{"".join(f"<li>{item}" for item in items)}</ul>'


def _text(text: str) -> str:
    """Escape *text*; what stands between backticks is code."""
    return _CODE.sub(lambda found: f"<code>{found[1] or found[2]}</code>", escape(text))

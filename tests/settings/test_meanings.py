"""Every setting is explained, shown and described for editors, from one table."""

import json
import tomllib
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft7Validator
from msgspec.structs import fields

from tandemgate.cli.main import run
from tandemgate.settings import Settings, load
from tandemgate.settings.meanings import SECTIONS, Section
from tandemgate.settings.schema import json_schema
from tandemgate.settings.writing import toml
from tests.settings.test_load import FULL, SECRETS, written

EXAMPLES = Path(__file__).resolve().parents[2] / "examples"
VALIDATOR = Draft7Validator(json_schema())

STRUCTURAL = {
    "an unknown table": "[pixel]\n",
    "an unknown key": '[[pixels]]\nid = "C9"\nwires = "live"\n',
    "a word that is not in the list": '[[pixels]]\nid = "C9"\nwire = "lve"\n',
    "a number in quotes": '[tiktok]\nmax_batch_events = "50"\n',
    "too large a batch": "[tiktok]\nmax_batch_events = 5000\n",
    "no length of time": '[tiktok]\ndedup_window = "two days"\n',
    "no address": '[tiktok]\nbase_url = "business-api.tiktok.com"\n',
    "no port": '[server]\nlisten = "localhost"\n',
    "a key without a secret": '[[keys]]\nkind = "server"\nname = "orders"\n',
    "a secret from two places": '[[pixels]]\nid = "C"\naccess_token = { env = "A", file = "b" }\n',
    "an unknown right": '[[keys]]\nkind = "server"\nname = "o"\nsecret = "s"\nscopes = ["all"]\n',
}


@pytest.mark.parametrize("section", SECTIONS, ids=lambda section: section.name)
def test_every_setting_is_explained(section: Section) -> None:
    """A setting that nobody can read about does not exist for users, and a removed one misleads."""
    assert list(section.meanings) == [field.name for field in fields(section.kind)]


def test_no_section_is_left_out() -> None:
    """What the settings hold beside their sections is where they came from."""
    named = {section.name for section in SECTIONS}
    assert set(Settings.__struct_fields__) - named == {"origin", "folder"}


def test_the_schema_is_one() -> None:
    """An editor that meets a broken schema says nothing at all, which looks like no mistakes."""
    Draft7Validator.check_schema(json_schema())


@pytest.mark.parametrize("file", sorted(EXAMPLES.glob("*.toml")), ids=lambda path: path.name)
def test_the_schema_takes_the_examples(file: Path) -> None:
    """A schema that underlines what works is switched off at the first look."""
    assert list(VALIDATOR.iter_errors(tomllib.loads(file.read_text("utf-8")))) == []


def test_the_schema_takes_the_documented_file() -> None:
    """The file of the documentation has every section and both ways to state a secret."""
    assert list(VALIDATOR.iter_errors(tomllib.loads(FULL))) == []


@pytest.mark.parametrize("text", STRUCTURAL.values(), ids=STRUCTURAL)
def test_the_schema_refuses_what_the_gateway_refuses(text: str, tmp_path: Path) -> None:
    """A mistake that the editor shows never reaches a start."""
    assert not VALIDATOR.is_valid(tomllib.loads(text))
    assert run(["config", "check", "--config", str(written(tmp_path, text))]) == 2


def test_what_is_shown_can_be_read_again(tmp_path: Path) -> None:
    """Printed values are what a person would write, so that one can be copied into a file."""
    settings = load(written(tmp_path, FULL), SECRETS)
    for section in SECTIONS:
        found = getattr(settings, section.name)
        for table in found if section.repeats else (found,):
            for field in fields(section.kind):
                text = toml(getattr(table, field.name), field.type)
                assert VALIDATOR.evolve(
                    schema={**_schema_of(section)[field.name], "definitions": {}}
                ).is_valid(tomllib.loads(f"_ = {text}")["_"])


def test_config_show_tells_values_and_their_places(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Who is surprised by a value must find the line that set it, and no secret on the way."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("TANDEMGATE__SERVER__LISTEN", "127.0.0.1:9")
    path = written(tmp_path, FULL)
    assert run(["config", "show", "--config", str(path)]) == 0
    text = capsys.readouterr().out
    assert any(
        line.startswith('listen = "127.0.0.1:9" ') and line.endswith("# TANDEMGATE__SERVER__LISTEN")
        for line in text.splitlines()
    )
    assert 'access_token = "••••cdef"' in text
    assert "tok_0123456789" not in text
    assert "[[pixels]]" in text


def test_config_show_speaks_json(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A deployment compares what is in force with what it meant."""
    path = written(tmp_path, '[tiktok]\nbase_url = "http://127.0.0.1:9"\nmax_batch_events = 7\n')
    assert run(["--json", "config", "show", "--config", str(path)]) == 0
    told = {one["key"]: one for one in json.loads(capsys.readouterr().out)["settings"]}
    assert told["tiktok.max_batch_events"] == {
        "key": "tiktok.max_batch_events",
        "value": 7,
        "origin": str(path),
    }
    assert told["tiktok.dedup_window"]["origin"] == "default"


def test_config_check_says_that_all_is_well(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A deployment asks before it restarts."""
    path = written(tmp_path, '[tiktok]\nbase_url = "http://127.0.0.1:9"\n[[pixels]]\nid = "C9"\n')
    assert run(["config", "check", "--config", str(path)]) == 0
    assert capsys.readouterr().out == (
        "ok: everything fits together, for this machine alone (pixels: 1, keys: 0)\n"
    )


def test_config_check_tells_programs_what_does_not_fit(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same lines as for people, as values."""
    path = written(tmp_path, '[server]\nlisten = "x"\n')
    assert run(["--json", "config", "check", "--config", str(path)]) == 2
    told = json.loads(capsys.readouterr().out)
    assert told["fits"] is False
    assert "server.listen" in told["problems"][0]


def _schema_of(section: Section) -> dict[str, Any]:
    described = json_schema()["properties"][section.name]
    properties: dict[str, Any] = (described["items"] if section.repeats else described)[
        "properties"
    ]
    return properties

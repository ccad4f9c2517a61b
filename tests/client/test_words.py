"""The client's words are the gateway's, which reads nothing else."""

from typing import get_type_hints

import msgspec
import pytest

from tandemgate.client import words
from tandemgate.client.limits import LARGEST_BODY, MOST_EVENTS
from tandemgate.client.visitor import COOKIE
from tandemgate.core import fields
from tandemgate.core.envelope import MOST_EVENTS as TAKEN
from tandemgate.web import body, session
from tandemgate.web.openapi.shapes import bodies

PAIRS = [
    (words.User, fields.USER),
    (words.Content, fields.CONTENT),
    (words.Consent, fields.CONSENT),
    (words.Lead, fields.LEAD),
]


@pytest.mark.parametrize(("typed", "table"), PAIRS)
def test_every_field_that_the_gateway_reads_has_its_word(
    typed: type, table: dict[str, object]
) -> None:
    """A field that is missing here can't be stated; one too many would be left out."""
    assert get_type_hints(typed).keys() == table.keys()


def test_an_event_has_the_gateways_fields() -> None:
    """Consent may stand in properties as well, for the guide's sake; the client has one place."""
    named = get_type_hints(words.Fields).keys()
    properties = fields.PROPERTIES.keys() - {"ad_user_data", "ad_personalization"}
    assert properties == words.PROPERTIES
    assert named - properties == fields.EVENT.keys() - {"event", "properties"}


def test_a_decision_has_the_gateways_fields() -> None:
    """POST /v1/consent refuses what it does not know."""
    decided = {one.name for one in msgspec.structs.fields(bodies.StatementBody)}
    assert get_type_hints(words.Decision).keys() == decided - {"event_source_id"}
    named = {one.name for one in msgspec.structs.fields(bodies.Person)}
    assert get_type_hints(words.Person).keys() == named


def test_the_limits_are_the_gateways() -> None:
    """Two sides that count differently lose what lies between."""
    assert (LARGEST_BODY, MOST_EVENTS) == (body.LARGEST, TAKEN)
    assert session.NAME == COOKIE

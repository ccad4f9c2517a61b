"""What the tests of the HTTP side share."""

import pytest

from tests.web.gateway import Gateway


@pytest.fixture
def gateway() -> Gateway:
    """A gateway with an empty store."""
    return Gateway()

"""No person and no secret is found in anything that the gateway writes or says."""

from pathlib import Path

import pytest

from tests.privacy.planted import LEAKS, MISTAKES
from tests.privacy.proof import SHORT, Search, echoes, planted, verbs, whole_journey
from tests.privacy.shop import LOG, shop

pytestmark = pytest.mark.e2e


def test_a_canary_leaves_no_trace(tmp_path: Path) -> None:
    """The one sentence of the privacy page that everything else rests on."""
    search = Search()
    whole_journey(tmp_path, search)
    assert search.leaks == []
    assert {"journey: tandemgate.db-wal", "journey: gateway.log", "journey: answers"} <= {
        one.artefact for one in search.searched if one.size > 1000
    }


def test_what_tiktok_repeats_is_not_kept(tmp_path: Path) -> None:
    """Its answers are kept in the clear, told and logged."""
    search = Search()
    echoes(tmp_path, search)
    assert search.leaks == []


def test_the_verbs_say_nothing_about_the_person(tmp_path: Path) -> None:
    """What they print ends in tickets and chats."""
    search = Search()
    verbs(tmp_path, search, SHORT)
    assert search.leaks == []


def test_the_client_of_a_shop_logs_nothing_about_the_person(tmp_path: Path) -> None:
    """Its log is the shop's, which goes to whoever keeps the shop's logs."""
    search = Search()
    shop(tmp_path, search)
    assert search.leaks == []
    log = (tmp_path / LOG).read_text("utf-8")
    said = ("rejected: currency_invalid", "dropped: not_sent", "on_result raised", "not taken")
    assert [words for words in said if words not in log] == []


def test_mistakes_say_nothing_about_the_person(tmp_path: Path) -> None:
    """An exception's text holds what it was about, and Python prints it wherever it can."""
    search = Search()
    planted(tmp_path, MISTAKES, search)
    assert search.leaks == []
    log = (tmp_path / "gateway.log").read_text("utf-8")
    assert '"TypeError"' not in log, "the plants no longer fit the gateway"
    assert log.count('"library"') + log.count('"request_failed"') >= len(MISTAKES)


def test_planted_leaks_are_found(tmp_path: Path) -> None:
    """A search that can't fail proves nothing."""
    search = Search()
    planted(tmp_path, LEAKS, search)
    found = {line.partition(": ")[2].partition(":")[0] for line in search.leaks}
    assert found == {"stdout", "gateway.log", "dump.bin"}

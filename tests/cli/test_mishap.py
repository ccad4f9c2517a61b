"""What a verb prints when it breaks: enough to mend it, and nothing about anybody."""

import sys

import pytest

from tandemgate.cli import main, mishap

NAME = "jane@example.com"


def read(said: str) -> None:
    """Break with a text that quotes what came."""
    raise ValueError(said)


def test_a_broken_verb_tells_where_and_not_what(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Python's own traceback prints the exception's text, which holds what it was about."""
    monkeypatch.setattr(sys, "excepthook", sys.excepthook)
    monkeypatch.setattr(sys, "unraisablehook", sys.unraisablehook)
    monkeypatch.setattr(main, "run", lambda _: read(NAME))
    with pytest.raises(ValueError, match=NAME) as broken:
        main.main()
    sys.excepthook(broken.type, broken.value, broken.tb)
    told = capsys.readouterr().err
    assert "ValueError" in told
    assert "test_mishap.py" in told
    assert NAME not in told
    assert told.splitlines()[-1] == f"Try: {mishap.TRY}"

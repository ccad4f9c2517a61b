"""One line of what the doctor says."""

from dataclasses import dataclass

OK, WARN, FAIL = "ok", "warn", "FAIL"


@dataclass(frozen=True, slots=True)
class Check:
    """One line. ``explain`` is a word that ``tandemgate explain`` knows, ``docs`` its page."""

    subject: str
    status: str
    said: str
    fix: str = ""
    explain: str = ""
    docs: str = ""

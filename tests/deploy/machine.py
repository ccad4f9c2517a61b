"""What this machine lets a test about deployment do."""

import shutil

import pytest

wants_systemd = pytest.mark.skipif(
    shutil.which("systemd-analyze") is None, reason="no systemd-analyze here"
)

"""Other systems' reports in TikTok's words: pure functions, one module for each system.

None decides anything: what comes out goes the way of every event.
"""

"""A simulated TikTok Events API: the strictest reader of TikTok's published contract.

It shares no code with the gateway, so that one misreading of the contract cannot hide in both.
Run ``python -m tiktok_simulator``, or put :func:`tiktok_simulator.app.create_app` into a test.
"""

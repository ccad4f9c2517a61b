"""A small shop to click through: the gateway's neighbour, and what a shop does to be its neighbour.

It talks to the gateway and to the simulated TikTok over HTTP alone and shares no code with them.
"""

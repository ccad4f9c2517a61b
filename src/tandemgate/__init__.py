"""A gateway that gives TikTok's Events API the server's copy of every conversion."""

__version__ = "0.1.0"

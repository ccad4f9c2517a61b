"""A shop's day, played through a real gateway to a simulated TikTok."""

"""The adapter to TikTok: one POST, one Reply."""

"""``tandemgate consent``: what is decided about consent, proven, and offline."""

"""``tandemgate init``: from nothing to settings that fit together."""

"""The one place where ports meet their adapters."""

from tandemgate.wiring.gateway import Gateway, serve

__all__ = ["Gateway", "serve"]

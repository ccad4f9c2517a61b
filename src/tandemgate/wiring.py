"""The one place where ports meet their adapters."""

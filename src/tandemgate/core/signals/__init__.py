"""What the strings of consent platforms say: strict decoders, and what counts of all that was said.

A decoder returns a typed value or :class:`~tandemgate.core.signals.bits.Unreadable`. It never
raises, takes no longer than the string's length allows, and grants nothing on doubt: a string that
was cut short, that is of an unknown version or breaks its format is unreadable, and unreadable
means missing.
"""

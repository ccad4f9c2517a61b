"""The shapes of answers, as types: what the document promises and the tests hold answers against.

They are never made: answers are written where they are decided, and each one that a test sees is
held against its shape here. Their docstrings are the descriptions in the document.
"""

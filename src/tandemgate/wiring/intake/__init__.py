"""Intake in processes of its own, in front of the gateway's.

An intake process answers plain requests, from their bytes to the answer; only storing is asked of
the gateway's process, which holds the ledger and does everything else. It looks visits up itself,
on a connection that can only read, and never reads the store's key.

* :mod:`~tandemgate.wiring.intake.frames`: what the two say to each other
* :mod:`~tandemgate.wiring.intake.channel`: how it gets across
* :mod:`~tandemgate.wiring.intake.handing`: how a connection gets across
* :mod:`~tandemgate.wiring.intake.child`: the intake process
* :mod:`~tandemgate.wiring.intake.parent`: the gateway's side
"""

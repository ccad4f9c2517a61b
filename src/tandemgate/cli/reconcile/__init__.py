"""``tandemgate reconcile``: the order system's export beside the ledger."""

"""How fast the gateway is, measured from outside, and whether its cost grows with its ledger."""

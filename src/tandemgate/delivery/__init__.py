"""The flow of events over time; talks to ports only."""

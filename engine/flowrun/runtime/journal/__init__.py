"""The journal: what was accepted, what was sent, what came back, on one SQLite file."""

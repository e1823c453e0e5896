"""YAML text → a checked `Flow`: positions, names, types, all problems at once."""

"""Kept answers of examples: what they depend on, and the folder they lie in."""

"""Explanations of predictions (not built yet)."""

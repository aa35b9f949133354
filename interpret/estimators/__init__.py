"""Estimators of Shapley values, from a few model calls to exact."""

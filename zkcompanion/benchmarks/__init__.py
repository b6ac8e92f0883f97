"""Measure, remember, compare."""

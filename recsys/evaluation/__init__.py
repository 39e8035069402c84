"""Measuring rankings and, later, texts."""

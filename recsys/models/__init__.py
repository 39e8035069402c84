"""Rankers behind one protocol, their training and their weights."""

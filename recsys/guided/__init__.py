"""Guided attributes: sets, scores and embeddings that people can read."""

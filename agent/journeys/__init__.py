"""Journeys: written conversations with what must be true after each turn, played and graded by state and evidence."""

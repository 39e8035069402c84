"""What keeps a turn whole: limits, repair, validation, grounding."""

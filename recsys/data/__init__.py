"""Records: where they are read from, checked, kept and handed to the rankers."""

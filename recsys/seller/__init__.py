"""SELLER: from a sequence and an item to an explanation that its evidence holds."""

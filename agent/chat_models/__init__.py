"""Who answers: the embedded model, remote ones, the planner; opening, probing and accounting for them."""

"""The recommender: data, rankers, guided attributes, steering, evidence and explanations. Knows no agent."""

"""The agent: tools, policy, chat models and conversations. Knows recsys and prompts, never the user interface."""

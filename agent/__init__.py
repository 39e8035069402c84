"""The agent: tools, policy, chat models and conversations. Knows recsys and prompts, never the user interface."""

import os

# Read once, when langgraph is first imported, which any module below may do: nothing stored in a thread can run code.
os.environ["LANGGRAPH_STRICT_MSGPACK"] = "true"

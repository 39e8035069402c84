"""The tools that the chat model may call: thin, typed, marked as reading or writing."""

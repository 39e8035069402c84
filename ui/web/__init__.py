"""The page: one web application of doors, rooms and, for each role, a conversation in Gradio."""

"""What happened in a turn, kept beside the thread: to read as a story, to replay, to send to a collector."""

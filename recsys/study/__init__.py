"""The study: what guided attributes bring to sequence models, with the controls a sceptic would ask for."""

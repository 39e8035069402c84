"""What people touch: the command line, the terminal chat and the page. Holds no logic of its own."""

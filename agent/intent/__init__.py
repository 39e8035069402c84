"""What a message asks for: which tool, with which arguments, in the words of the boutique."""

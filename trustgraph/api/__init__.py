"""The public verbs: arguments understood once, for Python, the terminal and pages alike."""

"""A run on disk: its manifest, how it is written and resumed, what is taken from an earlier one."""

"""The command line: what can be called (``main``), what it does (``commands``), what it prints."""

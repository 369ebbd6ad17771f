"""What differs between two runs, and what each point of it is owed to."""

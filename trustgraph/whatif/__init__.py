"""What some changes to a register would do, to whom and why; nothing is changed."""

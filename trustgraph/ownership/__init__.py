"""Ownership and control: shares looked through, the 50 % rule, who controls whom."""

"""Scores (model, section 5): totals, grades, the ledger, result frames; the one pipeline."""

"""Coverage (model, section 5): how much there was to judge by."""

"""Tables (model, section 1): validated frames, what was rejected, how two tables differ."""

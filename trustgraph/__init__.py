"""Partner-trust analysis: legal reach, market exposure and an explainable trust score."""

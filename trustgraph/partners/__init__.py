"""Many partners at once: lists of them read and matched, and what they amount to together."""

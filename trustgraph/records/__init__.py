"""Records as of a day (model, sections 2 and 3): which count, until when, with what weight."""

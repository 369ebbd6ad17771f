"""The pages: answers of trustgraph made into what is on a screen."""

"""What leaves the house: subgraphs and runs in formats of others, whole or not at all."""

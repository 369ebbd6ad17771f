"""Risk subgraphs: some parties and what joins them, under a budget, with what was left out."""

"""Finding entities by what people type: names in either language, parts of them, codes."""

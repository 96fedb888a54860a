"""One command per file; each teaches by example."""

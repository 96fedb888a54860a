"""From data back to an image: one method per file, each a plain function that returns a `Solution`."""

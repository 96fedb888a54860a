"""Numbers and pictures from images."""

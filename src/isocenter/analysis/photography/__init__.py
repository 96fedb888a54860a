"""Photographs in visible light: how large a pixel is from a marker on the skin, and the area of wounds over time."""

"""Strain of the heart's wall in a loop of the archive, along a line that somebody drew in the viewer."""

"""A video source looked at and taken from a page on this machine."""

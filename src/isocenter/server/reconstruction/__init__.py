"""From an uploaded raw file to an image in the archive, as work that a person can watch."""

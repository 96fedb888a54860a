"""The vocabulary every room speaks: units, errors, arrays, geometry, images, provenance, progress."""

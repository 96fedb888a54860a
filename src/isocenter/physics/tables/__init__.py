"""Published numbers about tissues, one table a subject."""

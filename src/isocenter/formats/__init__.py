"""Raw data and research files: how each is recognised, read and written."""

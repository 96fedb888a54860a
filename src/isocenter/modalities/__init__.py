"""Every kind of scanner: one folder each, the same names in each."""

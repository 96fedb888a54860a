"""Hanging protocols that people keep: which pictures of a study stand where, for themselves or for the site."""

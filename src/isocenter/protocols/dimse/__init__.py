"""DIMSE: command sets and their meanings."""

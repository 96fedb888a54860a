"""Findings, measurements and report documents, readable by people."""

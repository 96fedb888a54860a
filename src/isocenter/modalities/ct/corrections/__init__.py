"""Corrections of CT projections, for every geometry: offset and gain, scatter, beam hardening, metal, CT numbers."""

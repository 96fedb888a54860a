"""Tissues with published properties, and bodies whose truth is known in closed form."""

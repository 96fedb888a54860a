"""Isocenter: an imaging department in one package, from raw signal to signed report."""

from importlib.metadata import version as _version

__version__ = _version("isocenter")

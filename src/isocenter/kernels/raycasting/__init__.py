"""Rays of light through a volume that shines and absorbs."""

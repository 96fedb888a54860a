"""Ultrasound beside ultraspy, PyMUST and vbeam."""

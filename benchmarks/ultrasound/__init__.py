"""Ultrasound beside ultraspy and PyMUST."""

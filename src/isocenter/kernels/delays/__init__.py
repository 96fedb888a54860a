"""Sums over channels at the times when an echo reaches them: ultrasound and whatever else comes by time of flight."""

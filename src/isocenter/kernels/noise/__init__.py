"""What reconstruction makes of noise, as compiled loops."""

"""Objects without pictures as pages: reports, waveforms, presentation states, and everything else by its attributes."""

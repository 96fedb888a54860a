"""Numbers of the heart from measured lengths, borders and velocities: volumes, mass, filling, valves, strain."""

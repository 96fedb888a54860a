"""Numbers from photographs: what a scale marker in them makes measurable."""

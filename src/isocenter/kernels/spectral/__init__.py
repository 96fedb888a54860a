"""Material decomposition of photon counts, ray by ray."""

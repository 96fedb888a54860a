"""X-rays on their way from the anode to the detector: spectra, transmission, scatter, detectors and dose."""

"""The DICOM node: who listens and who calls."""

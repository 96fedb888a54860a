"""The archive side by side with Debian's Orthanc: ``python -m benchmarks.archive``."""

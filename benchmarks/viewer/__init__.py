"""The reading room side by side with OHIF over Orthanc, in the same browser."""

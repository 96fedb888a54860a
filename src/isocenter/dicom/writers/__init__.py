"""Images to DICOM objects: one file per kind of object, the modules they share, and how floats become 16 bit."""

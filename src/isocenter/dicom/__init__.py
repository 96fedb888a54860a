"""DICOM objects: headers, pixels, series and the writers; the only room that imports pydicom."""

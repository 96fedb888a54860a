"""The DICOM upper layer: protocol data units and the association, without a socket."""

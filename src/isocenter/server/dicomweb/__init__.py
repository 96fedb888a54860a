"""DICOMweb: search (QIDO-RS), retrieve (WADO-RS) and store (STOW-RS), below ``/dicom-web``."""

from isocenter.server.dicomweb import bulkdata, frames, metadata, rendered, retrieve, search, store

routes = [
    *search.routes,
    *store.routes,
    *metadata.routes,
    *frames.routes,
    *rendered.routes,
    *bulkdata.routes,
    *retrieve.routes,
]

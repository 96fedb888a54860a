"""DICOMweb: search (QIDO-RS), retrieve (WADO-RS) and store (STOW-RS), below ``/dicom-web``; WADO-URI at ``/wado``."""

__all__ = ["resources_offered", "routes", "uri_routes"]

from isocenter.server.dicomweb import (
    bulkdata,
    corrections,
    frames,
    metadata,
    removals,
    rendered,
    retrieve,
    search,
    store,
)
from isocenter.server.dicomweb.capabilities import capabilities_of, described
from isocenter.server.dicomweb.wado_uri import routes as uri_routes

_resources = [
    *search.routes,
    *store.routes,
    *metadata.routes,
    *frames.routes,
    *rendered.routes,
    *bulkdata.routes,
    *retrieve.routes,
    *corrections.routes,
    *removals.routes,
]
routes = [*_resources, *capabilities_of(_resources)]


def resources_offered() -> list[tuple[str, list[str], str]]:
    """Return path, methods and summary of every resource."""
    return described(_resources)

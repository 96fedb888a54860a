"""DICOMweb: search (QIDO-RS), retrieve (WADO-RS) and store (STOW-RS), below ``/dicom-web``; WADO-URI at ``/wado``."""

__all__ = ["resources_offered", "routes", "uri_routes"]

from isocenter.server.dicomweb import (
    bulkdata,
    corrections,
    fixity,
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

# What is asked for most often comes first: routes are tried one after the other.
_resources = [
    *search.routes,
    *frames.routes,
    *retrieve.routes,
    *metadata.routes,
    *rendered.routes,
    *store.routes,
    *bulkdata.routes,
    *corrections.routes,
    *removals.routes,
    *fixity.routes,
]
routes = [*_resources, *capabilities_of(_resources)]


def resources_offered() -> list[tuple[str, list[str], str]]:
    """Return path, methods and summary of every resource."""
    return described(_resources)

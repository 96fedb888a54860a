"""The web application, put together from its parts."""

from __future__ import annotations

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.routing import Mount

from isocenter.server import problems
from isocenter.server.department import Department
from isocenter.server.dicomweb import routes as dicomweb_routes
from isocenter.server.dicomweb import uri_routes
from isocenter.server.documents import routes as document_routes
from isocenter.server.hanging.routes import routes as hanging_routes
from isocenter.server.reconstruction.routes import routes as reconstruction_routes
from isocenter.server.segmentations import routes as segmentation_routes
from isocenter.server.strain.routes import routes as strain_routes
from isocenter.server.views.kept_volumes import Volumes
from isocenter.server.views.on_demand import routes as view_routes
from isocenter.server.web.authentication import Authentication
from isocenter.server.web.headers import SecurityHeaders
from isocenter.server.web.reading_room import reading_room_routes
from isocenter.server.web.session import routes as session_routes
from isocenter.server.web.sharing import routes as sharing_routes
from isocenter.server.work_list.routes import routes as work_list_routes


def create_app(department: Department) -> Starlette:
    """Return the ASGI application of a department: DICOMweb, sign-in, work list, reconstruction and the viewer."""
    app = Starlette(
        routes=[
            Mount("/dicom-web", routes=dicomweb_routes),
            *uri_routes,
            *session_routes,
            *sharing_routes,
            *reconstruction_routes,
            *document_routes,
            *segmentation_routes,
            *view_routes,
            *strain_routes,
            *work_list_routes,
            *hanging_routes,
            *reading_room_routes(),
        ],
        middleware=[
            Middleware(SecurityHeaders),
            Middleware(Authentication, accounts=department.accounts, sessions=department.sessions),
        ],
    )
    app.state.department = department
    app.state.archive = department.archive
    app.state.volumes = Volumes(department.settings.volume_bytes)
    problems.install(app)
    return app

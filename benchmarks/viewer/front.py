"""One origin for OHIF and Orthanc: files of the built app from a folder, ``/dicom-web`` handed on byte by byte."""

from __future__ import annotations

import json
import mimetypes
import socket
import sys
from http.client import HTTPConnection, HTTPResponse, RemoteDisconnected
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import urlsplit

BLOCK_BYTES = 1 << 18
# What concerns one connection and is not handed on. Source: RFC 9110 sec. 7.6.1.
OF_CONNECTION = {"connection", "keep-alive", "transfer-encoding"}

# OHIF's own settings for Orthanc: platform/app/public/config/docker-nginx-orthanc.js of its repository.
DATA_SOURCE = {
    "namespace": "@ohif/extension-default.dataSourcesModule.dicomweb",
    "sourceName": "ohif",
    "configuration": {
        "friendlyName": "Orthanc",
        "name": "Orthanc",
        "wadoUriRoot": "/wado",
        "qidoRoot": "/dicom-web",
        "wadoRoot": "/dicom-web",
        "qidoSupportsIncludeField": False,
        "imageRendering": "wadors",
        "thumbnailRendering": "wadors",
        "enableStudyLazyLoad": True,
        "supportsFuzzyMatching": False,
        "supportsWildcard": True,
        "bulkDataURI": {"enabled": True},
        "omitQuotationForMultipartRequest": True,
    },
}


def app_config(dist: Path) -> bytes:
    """Return the configuration that OHIF ships, with the data source exchanged."""
    shipped = (dist / "app-config.js").read_bytes()
    return shipped + f"\nwindow.config.dataSources = [{json.dumps(DATA_SOURCE)}];\n".encode()


class Front(BaseHTTPRequestHandler):
    """A connection of the browser, and the one to Orthanc that belongs to it."""

    protocol_version = "HTTP/1.1"
    dist: Path
    orthanc_port: int
    files: dict[str, tuple[bytes, str]]
    _behind: HTTPConnection | None = None

    def setup(self) -> None:
        """Answer without waiting for more to send."""
        self.request.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        super().setup()

    def do_GET(self) -> None:
        """Hand on, or answer with a file; every other address is the app's page."""
        path = urlsplit(self.path).path
        if path.startswith("/dicom-web"):
            self._hand_on()
            return
        if path not in self.files:
            file = self.dist / path.lstrip("/")
            known = file.is_file() and file.resolve().is_relative_to(self.dist.resolve())
            file = file if known else self.dist / "index.html"
            content = app_config(self.dist) if path == "/app-config.js" else file.read_bytes()
            self.files[path] = content, mimetypes.guess_type(file.name)[0] or "application/octet-stream"
        content, media_type = self.files[path]
        self.send_response(200)
        self.send_header("Content-Type", media_type)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    do_POST = do_GET  # noqa: N815  # the base class looks for this name

    def _hand_on(self) -> None:
        if self._behind is None:
            self._behind = HTTPConnection("127.0.0.1", self.orthanc_port)
        body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        headers = {name: value for name, value in self.headers.items() if name.lower() not in OF_CONNECTION}
        try:
            self._behind.request(self.command, self.path, body or None, headers)
            answer = self._behind.getresponse()
        except (RemoteDisconnected, ConnectionResetError, BrokenPipeError):  # Orthanc ends connections that wait long
            self._behind.close()
            self._behind.request(self.command, self.path, body or None, headers)
            answer = self._behind.getresponse()
        self.send_response_only(answer.status, answer.reason)
        for name, value in answer.headers.items():
            if name.lower() not in OF_CONNECTION:
                self.send_header(name, value)
        if answer.length is None and not self._is_empty(answer):
            self.send_header("Transfer-Encoding", "chunked")
            self.end_headers()
            self._copy_in_chunks(answer)
            return
        self.end_headers()
        buffer = memoryview(bytearray(BLOCK_BYTES))
        while n_bytes := answer.readinto(buffer):
            self.wfile.write(buffer[:n_bytes])

    @staticmethod
    def _is_empty(answer: HTTPResponse) -> bool:
        return answer.status in (204, 304)

    def _copy_in_chunks(self, answer: HTTPResponse) -> None:
        while block := answer.read1(BLOCK_BYTES):
            self.wfile.write(b"%x\r\n%b\r\n" % (len(block), block))
        self.wfile.write(b"0\r\n\r\n")

    def log_message(self, *_: object) -> None:
        """Say nothing: a line for every frame would cost more than the frame."""


class FrontServer(ThreadingHTTPServer):
    """A thread for every connection."""

    daemon_threads = True

    def handle_error(self, request: object, client_address: object) -> None:
        """Print what went wrong, but for a browser that was closed."""
        if not isinstance(sys.exception(), ConnectionError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]  # passed through as given


def main() -> int:
    """Serve DIST on PORT in front of the Orthanc on ORTHANC_PORT until told to end."""
    Front.dist, Front.orthanc_port, Front.files = Path(sys.argv[1]), int(sys.argv[3]), {}
    mimetypes.add_type("text/javascript", ".js")
    mimetypes.add_type("application/wasm", ".wasm")
    FrontServer(("127.0.0.1", int(sys.argv[2])), Front).serve_forever()
    return 0


if __name__ == "__main__":
    sys.exit(main())

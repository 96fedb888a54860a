"""A page for who sits at this machine, served while a command runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn
from starlette.types import ASGIApp

from isocenter.core.errors import OptionError


@contextmanager
def on_loopback(app: ASGIApp, port: int) -> Iterator[str]:
    """Yield the address of an application while it is served on 127.0.0.1; port 0 is a free one.

    Raises `OptionError` if the port is taken.
    """
    config = uvicorn.Config(
        app, host="127.0.0.1", port=port, log_config=None, access_log=False, timeout_graceful_shutdown=1
    )
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, name="web", daemon=True)
    thread.start()
    try:
        while not server.started:
            if not thread.is_alive():
                raise OptionError("The web port is taken.", field="--port", found=port, remedy="Give another.")
            threading.Event().wait(0.02)
        yield f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(5.0)

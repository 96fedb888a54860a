"""The only room that listens: web routes, DIMSE listeners, reconstruction jobs."""

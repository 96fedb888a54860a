"""The web application: sign-in, the reading room's files, and how the parts are put together."""

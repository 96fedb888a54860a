"""How the documentation is built."""

from importlib.metadata import version as version_of

project = "Isocenter"
author = "The Isocenter authors"
version = release = version_of("isocenter")
extensions = ["myst_parser"]
myst_enable_extensions = ["colon_fence", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["_site"]
html_theme = "furo"
html_title = f"Isocenter {release}"
html_static_path: list[str] = []

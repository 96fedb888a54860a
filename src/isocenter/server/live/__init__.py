"""Pictures of a scan that runs, in a browser on this machine."""

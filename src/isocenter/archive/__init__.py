"""Keep, index, find and return instances; nothing that was acknowledged is lost, nothing is ever overwritten."""

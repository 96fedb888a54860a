"""Views drawn by the server, for machines without WebGL or memory: planes, slabs, fusion, lit bodies."""

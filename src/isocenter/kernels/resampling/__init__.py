"""Samples between the samples of a volume: on planes, through slabs."""

"""HTJ2K ordered by resolution: the first bytes are a coarse picture."""

from __future__ import annotations

import imagecodecs
import numpy as np

from isocenter.dicom.transcoding.encode import HTJ2K_RPCL, Samples, encode_frame


def test_a_codestream_by_resolution_says_where_each_resolution_ends() -> None:
    """A marker TLM with a length for every resolution, and the codestream up to there is that picture, or more."""
    y, x = np.indices((64, 96))
    values = (10 * x + y).astype(np.int16)
    encoded = encode_frame(Samples(values, 16), HTJ2K_RPCL)
    assert np.array_equal(imagecodecs.htj2k_decode(encoded), values)
    place = encoded.index(b"\xff\x55") + 2
    length = int.from_bytes(encoded[place : place + 2], "big")
    table = encoded[place + 4 : place + length]
    lengths = [int.from_bytes(table[at + 2 : at + 6], "big") for at in range(0, len(table), 6)]
    assert len(lengths) == 6  # five halvings
    assert encoded.index(b"\xff\x90") + sum(lengths) == len(encoded) - 2  # the end of the codestream is a marker
    end = encoded.index(b"\xff\x90") + sum(lengths[:-1])
    half = np.asarray(imagecodecs.htj2k_decode(encoded[:end] + b"\xff\xd9", skipres=1, resilient=True))
    assert np.abs(half - values[::2, ::2]).max() <= 8  # a ramp keeps its values; at its edges the wavelet rounds

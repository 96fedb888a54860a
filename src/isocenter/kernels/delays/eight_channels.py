"""Eight channels at a time on a CPU: over all transmits each is read between two complex samples and added up.

Compilers do not make vectors of a loop whose channels are each read at another time. Here times and fractions of eight
channels are vectors; a channel then costs one load of 16 bytes (two neighbouring complex samples), one multiplication
that interpolates and two that turn it. What a channel weighs counts once, after all transmits. Written as vectors of
LLVM, which lowers them to what the machine has.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

LANES = 8
SUMS = 2 * LANES
"""Floats in which the sum of a pixel is kept."""
AT_ONCE = 16
"""The most transmits that are summed by one call."""

_FLOAT, _INT, _LONG = ir.FloatType(), ir.IntType(32), ir.IntType(64)
_FLOATS, _INTS = ir.VectorType(_FLOAT, LANES), ir.VectorType(_INT, LANES)
_FOUR = ir.VectorType(_FLOAT, 4)
_tools: Any = cgutils  # numba's own are untyped
_kinds: Any = types
_FLAGS = ("contract", "nsz", "arcp", "reassoc")


def _indices(*values: int) -> Any:
    return ir.Constant(ir.VectorType(_INT, len(values)), list(values))


def _shuffle(builder: Any, a: Any, b: Any, *order: int) -> Any:
    return builder.shuffle_vector(a, b, _indices(*order))


def _spread(builder: Any, value: Any, kind: Any) -> Any:
    """Return a vector with one value in every lane."""
    first = builder.insert_element(ir.Constant(kind, ir.Undefined), value, _INT(0))
    return builder.shuffle_vector(first, ir.Constant(kind, ir.Undefined), _indices(*[0] * LANES))


def _pointer(builder: Any, pointer: Any, index: Any, kind: Any) -> Any:
    return builder.bitcast(builder.gep(pointer, [index]), kind.as_pointer())


def _load(builder: Any, pointer: Any, index: Any, kind: Any) -> Any:
    value = builder.load(_pointer(builder, pointer, index, kind))
    value.align = 4
    return value


# The parameters' names and number are numba's own protocol; only their types count here.
def _add_channels(  # type: ignore[no-untyped-def]
    typingctx,  # noqa: ARG001
    sums,  # noqa: ARG001
    at,  # noqa: ARG001
    samples,  # noqa: ARG001
    start,  # noqa: ARG001
    stride,  # noqa: ARG001
    starts,  # noqa: ARG001
    shifts,  # noqa: ARG001
    real_turns,  # noqa: ARG001
    imag_turns,  # noqa: ARG001
    first,  # noqa: ARG001
    step,  # noqa: ARG001
    n,  # noqa: ARG001
    table,  # noqa: ARG001
    place,  # noqa: ARG001
    last,  # noqa: ARG001
):
    """Add eight channels, over the transmits `first` ... `past` - 1 of a list, to the sum of a pixel.

    Channel e, 0 to 7, of transmit t is read at ``min(max(times[place + e] + shifts[t], 0), last)`` samples after float
    ``start + starts[t] + e stride`` of `samples`, which holds real and imaginary parts in turn; it is turned by
    ``real_turns[t] + 1j imag_turns[t]`` and weighs ``real[place + e] + 1j imag[place + e]``. The sum is kept in
    ``sums[at : at + SUMS]``: its even, odd lanes of the first half less, more those of the other make a complex number.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def data(index: int) -> Any:
            return context.make_array(signature.args[index])(context, builder, arguments[index]).data

        at, start, stride, first, step, n, place = (arguments[k] for k in (1, 3, 4, 9, 10, 11, 13))
        pointer, starts, shifts, real_turns, imag_turns = (data(k) for k in (2, 5, 6, 7, 8))
        zero, one = ir.Constant(_FLOATS, [0.0] * LANES), ir.Constant(_FLOATS, [1.0] * LANES)
        lasts = _spread(builder, arguments[14], _FLOATS)
        half_stride = builder.trunc(builder.lshr(stride, _LONG(1)), _INT)
        steps = builder.mul(_spread(builder, half_stride, _INTS), _indices(*range(LANES)))
        own = _load(builder, data(12), place, _FLOATS)
        base = builder.gep(pointer, [start])
        pair_pointer = ir.IntType(64).as_pointer()
        offsets, fractions = (_tools.alloca_once(builder, kind, AT_ONCE) for kind in (_INTS, _FLOATS))
        # By real and by imaginary part of the turn, for the pairs of channels (k, k + 4).
        totals = [[_tools.alloca_once(builder, _FLOATS) for _ in range(4)] for _ in range(2)]
        for total in totals[0] + totals[1]:
            builder.store(zero, total)

        def times_(a: Any, b: Any) -> Any:
            return builder.fmul(a, b, flags=_FLAGS)

        def plus(a: Any, b: Any) -> Any:
            return builder.fadd(a, b, flags=_FLAGS)

        # Where to read first, for all transmits: then no load waits for arithmetic, and many are on their way at once.
        with _tools.for_range_slice(builder, _LONG(0), n, _LONG(1), intp=_LONG) as (t, _):
            shift = builder.load(builder.gep(shifts, [builder.add(first, builder.mul(t, step))]))
            time = plus(own, _spread(builder, shift, _FLOATS))
            time = builder.select(builder.fcmp_ordered(">", time, zero), time, zero)
            time = builder.select(builder.fcmp_ordered("<", time, lasts), time, lasts)
            below = builder.fptosi(time, _INTS)
            fraction = builder.fsub(time, builder.sitofp(below, _FLOATS), flags=_FLAGS)
            builder.store(fraction, builder.gep(fractions, [t]))
            builder.store(builder.add(below, steps), builder.gep(offsets, [t]))
        lanes = builder.bitcast(offsets, _INT.as_pointer())
        with _tools.for_range_slice(builder, _LONG(0), n, _LONG(1), intp=_LONG) as (t, _):
            item = builder.add(first, builder.mul(t, step))
            turns = [
                _spread(builder, builder.load(builder.gep(each, [item])), _FLOATS) for each in (real_turns, imag_turns)
            ]
            trace = builder.bitcast(builder.gep(base, [builder.load(builder.gep(starts, [t]))]), pair_pointer)
            fraction = builder.load(builder.gep(fractions, [t]))
            rest = builder.fsub(one, fraction, flags=_FLAGS)
            for lane in range(4):
                pair = []
                for channel in (lane, lane + 4):
                    at_lane = builder.add(builder.mul(t, _LONG(LANES)), _LONG(channel))
                    offset = builder.sext(builder.load(builder.gep(lanes, [at_lane])), _LONG)
                    where = builder.bitcast(builder.gep(trace, [offset]), _FOUR.as_pointer())
                    value = builder.load(where)
                    value.align = 4
                    pair.append(value)
                both = _shuffle(builder, pair[0], pair[1], *range(8))
                a, b = lane, lane + 4
                between = times_(both, _shuffle(builder, rest, fraction, a, a, a + 8, a + 8, b, b, b + 8, b + 8))
                for part in range(2):
                    total = totals[part][lane]
                    builder.store(plus(builder.load(total), times_(between, turns[part])), total)
        sums, weights = (
            data(0),
            [_load(builder, data(12), builder.add(place, _LONG(k)), _FLOATS) for k in (LANES, 2 * LANES)],
        )
        halves = [_load(builder, sums, builder.add(at, _LONG(k)), _FLOATS) for k in (0, LANES)]
        for lane in range(4):
            order = (lane,) * 4 + (lane + 4,) * 4
            w_re, w_im = (_shuffle(builder, each, each, *order) for each in weights)
            of_real, of_imag = (builder.load(totals[part][lane]) for part in range(2))
            halves[0] = plus(halves[0], builder.fsub(times_(w_re, of_real), times_(w_im, of_imag), flags=_FLAGS))
            halves[1] = plus(halves[1], plus(times_(w_im, of_real), times_(w_re, of_imag)))
        for k, half in zip((0, LANES), halves, strict=True):
            stored = builder.store(half, _pointer(builder, sums, builder.add(at, _LONG(k)), _FLOATS))
            stored.align = 4
        return context.get_dummy_value()

    flat, list_of_ints = types.Array(types.float32, 1, "C"), types.Array(types.int64, 1, "C")
    long = types.int64
    sent, counts = (list_of_ints, flat, flat, flat), (long, long, long)
    return _kinds.none(flat, long, flat, long, long, *sent, *counts, flat, long, types.float32), generate


add_channels: Any = intrinsic(_add_channels)

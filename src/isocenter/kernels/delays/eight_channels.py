"""Eight channels at a time on a CPU: each read between two complex samples at its own time, weighted and summed.

Compilers do not make vectors of a loop whose channels are each read at another time. Here times, fractions and weights
of eight channels are vectors; a channel then costs one load of 16 bytes (two neighbouring complex samples) and two
multiplications and additions. Written as vectors of LLVM, which lowers them to what the machine has.
"""

from __future__ import annotations

from typing import Any

from llvmlite import ir
from numba.core import cgutils, types
from numba.extending import intrinsic

LANES = 8

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


def _load(builder: Any, pointer: Any, index: Any, kind: Any) -> Any:
    value = builder.load(builder.bitcast(builder.gep(pointer, [index]), kind.as_pointer()))
    value.align = 4
    return value


def _sum_complex(builder: Any, *totals: Any) -> tuple[Any, Any]:
    """Return the sums of the even and of the odd lanes of four vectors."""
    pairs = [builder.fadd(a, b, flags=_FLAGS) for a, b in (totals[:2], totals[2:])]
    total = builder.fadd(*pairs, flags=_FLAGS)
    half = builder.fadd(
        _shuffle(builder, total, total, 0, 1, 2, 3), _shuffle(builder, total, total, 4, 5, 6, 7), flags=_FLAGS
    )
    pair = builder.fadd(half, _shuffle(builder, half, half, 2, 3, 2, 3), flags=_FLAGS)
    return builder.extract_element(pair, _INT(0)), builder.extract_element(pair, _INT(1))


# The parameters' names and number are numba's own protocol; only their types count here.
def _sum_channels(typingctx, samples, start, stride, times, real, imag, row, first, n, shift, last):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Return the weighted sum over the channels first ... first + n - 1, n a multiple of eight, as (real, imaginary).

    Channel e is read at ``min(max(times[row + e] + shift, 0), last)`` samples after float ``start + e stride`` of
    `samples`, which holds real and imaginary parts in turn, and weighs ``real[row + e] + 1j imag[row + e]``.
    """

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        def data(index: int) -> Any:
            return context.make_array(signature.args[index])(context, builder, arguments[index]).data

        pointer, at, re, im = data(0), data(3), data(4), data(5)
        start, stride, row, first, n = (arguments[k] for k in (1, 2, 6, 7, 8))
        shifts = _spread(builder, arguments[9], _FLOATS)
        lasts = _spread(builder, arguments[10], _FLOATS)
        zero, one = ir.Constant(_FLOATS, [0.0] * LANES), ir.Constant(_FLOATS, [1.0] * LANES)
        steps = builder.mul(_spread(builder, builder.trunc(stride, _INT), _INTS), _indices(*range(LANES)))
        # Sums of their own for every pair of channels: no addition waits for the one before.
        sums = [[_tools.alloca_once_value(builder, zero) for _ in range(LANES // 2)] for _ in range(2)]

        def times_(a: Any, b: Any) -> Any:
            return builder.fmul(a, b, flags=_FLAGS)

        def plus(a: Any, b: Any) -> Any:
            return builder.fadd(a, b, flags=_FLAGS)

        with _tools.for_range_slice(builder, _LONG(0), n, _LONG(LANES), intp=_LONG) as (k, _):
            channel = builder.add(first, k)
            place = builder.add(row, channel)
            time = plus(_load(builder, at, place, _FLOATS), shifts)
            time = builder.select(builder.fcmp_ordered(">", time, zero), time, zero)
            time = builder.select(builder.fcmp_ordered("<", time, lasts), time, lasts)
            below = builder.fptosi(time, _INTS)
            fraction = builder.fsub(time, builder.sitofp(below, _FLOATS), flags=_FLAGS)
            rest = builder.fsub(one, fraction, flags=_FLAGS)
            offsets = builder.add(builder.shl(below, _indices(*[1] * LANES)), steps)
            base = builder.gep(pointer, [builder.add(start, builder.mul(channel, stride))])
            weights = [_load(builder, each, place, _FLOATS) for each in (re, im)]
            # Pairs of channels lane and lane + 4: their weights are put in order without leaving a half of a register.
            lows = [times_(rest, each) for each in weights]
            highs = [times_(fraction, each) for each in weights]
            for lane in range(4):
                pair = []
                for one_of_two in (lane, lane + 4):
                    offset = builder.extract_element(offsets, _INT(one_of_two))
                    pair.append(_load(builder, base, builder.sext(offset, _LONG), _FOUR))
                both = _shuffle(builder, pair[0], pair[1], *range(8))
                a, b = lane, lane + 4
                for part in range(2):
                    order = (a, a, a + 8, a + 8, b, b, b + 8, b + 8)
                    weight = _shuffle(builder, lows[part], highs[part], *order)
                    total = sums[part][lane]
                    builder.store(plus(builder.load(total), times_(both, weight)), total)
        real_real, real_imag = _sum_complex(builder, *(builder.load(each) for each in sums[0]))
        imag_real, imag_imag = _sum_complex(builder, *(builder.load(each) for each in sums[1]))
        result = (
            builder.fsub(real_real, imag_imag, flags=_FLAGS),
            builder.fadd(real_imag, imag_real, flags=_FLAGS),
        )
        return context.make_tuple(builder, signature.return_type, result)

    flat = types.Array(types.float32, 1, "C")
    long = types.int64
    answer = _kinds.UniTuple(types.float32, 2)
    return answer(flat, long, long, flat, flat, flat, long, long, long, types.float32, types.float32), generate


sum_channels: Any = intrinsic(_sum_channels)

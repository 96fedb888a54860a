"""Eight samples at a time on a CPU: linear interpolation along a line at nearly the spacing of its samples.

Compilers do not make vectors of a loop that gathers and adds in place. Where neighbours are read at nearly the
spacing of the samples, eight of them need no gather: with samples c and f = e + s lane, counted from lane, it is

    c[lane] + (c[lane + 1] - c[lane]) clip(f, 0, 1) + (c[lane + 2] - c[lane + 1]) clip(f - 1, 0, 1) + ...

and every c is one contiguous load. s is the read spacing less 1; `reach(s)` says how many pieces the eight need.
Written as vectors of LLVM, which lowers them to what the machine has (AVX, NEON, or pairs of four).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from llvmlite import ir
from numba.core import types
from numba.extending import intrinsic

LANES = 8
MAX_PIECES = 5

_FLOAT, _INT = ir.FloatType(), ir.IntType(32)
_VECTOR = ir.VectorType(_FLOAT, LANES)
_FLAGS = ("contract", "nsz", "arcp", "reassoc")


def _constant(values: Sequence[float]) -> Any:
    return ir.Constant(_VECTOR, list(values))


def _spread(builder: Any, value: Any) -> Any:
    """Return a vector with one value in every lane."""
    first = builder.insert_element(ir.Constant(_VECTOR, ir.Undefined), value, _INT(0))
    everywhere = ir.Constant(ir.VectorType(_INT, LANES), [0] * LANES)
    return builder.shuffle_vector(first, ir.Constant(_VECTOR, ir.Undefined), everywhere)


def _larger(builder: Any, a: Any, b: Any) -> Any:
    return builder.select(builder.fcmp_ordered(">", a, b), a, b)


def _smaller(builder: Any, a: Any, b: Any) -> Any:
    return builder.select(builder.fcmp_ordered("<", a, b), a, b)


def _adder(n_pieces: int) -> Any:
    """Return the intrinsic that adds eight interpolated samples, for positions from 0 to `n_pieces` past their lane."""

    # The parameters' names and number are numba's own protocol; only their types count here.
    def add_eight(typingctx, line, at, column, first, e, s):  # type: ignore[no-untyped-def]  # noqa: ARG001
        """Add to line[at ... at + 7] the column at first + lane + e + s lane."""

        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
            data = [
                context.make_array(signature.args[index])(context, builder, arguments[index]).data for index in (0, 2)
            ]

            def place(pointer: Any, index: Any) -> Any:
                return builder.bitcast(builder.gep(pointer, [index]), _VECTOR.as_pointer())

            def load(pointer: Any) -> Any:
                value = builder.load(pointer)
                value.align = 4
                return value

            def plus(a: Any, b: Any) -> Any:
                return builder.fadd(a, b, flags=_FLAGS)

            def times(a: Any, b: Any) -> Any:
                return builder.fmul(a, b, flags=_FLAGS)

            zero, one = _constant([0.0] * LANES), _constant([1.0] * LANES)
            lanes = _constant([float(lane) for lane in range(LANES)])
            position = plus(_spread(builder, arguments[4]), times(_spread(builder, arguments[5]), lanes))
            samples = [
                load(place(data[1], builder.add(arguments[3], ir.Constant(arguments[3].type, piece))))
                for piece in range(n_pieces + 1)
            ]
            total = samples[0]
            for piece in range(n_pieces):
                part = plus(position, _constant([-float(piece)] * LANES)) if piece else position
                # The first piece begins at or above 0 and the last ends at or below 1.
                part = _larger(builder, part, zero) if piece else part
                part = _smaller(builder, part, one) if piece < n_pieces - 1 else part
                step = builder.fsub(samples[piece + 1], samples[piece], flags=_FLAGS)
                total = plus(total, times(part, step))
            target = place(data[0], arguments[1])
            builder.store(plus(load(target), total), target).align = 4
            return context.get_dummy_value()

        row = types.Array(types.float32, 1, "C")
        return types.void(row, types.intp, row, types.intp, types.float32, types.float32), generate

    add_eight.__name__ = f"add_eight_{n_pieces}"
    return intrinsic(add_eight)


add_two_pieces, add_three_pieces, add_four_pieces, add_five_pieces = (_adder(n) for n in range(2, MAX_PIECES + 1))

"""Eight numbers at a time on a CPU: a small vector type for loops that compilers do not make vectors of.

A `Lanes` holds eight float32 or float64 in registers of the processor. Kernels load, store and reckon with it by
the functions of this file; LLVM lowers each to what the machine has (AVX, NEON, or pairs of four). Loops that gather
from neighbours, or add in place, stay scalar in a compiler's hands; with lanes they are contiguous loads:

`tent(f, k)`, 1 - |f - k| where positive, is the weight with which linear interpolation at position f takes sample k.
Where eight positions advance about as fast as the samples, a few contiguous loads, each weighted lane by lane, take the
place of sixteen gathered samples; and one set of weights serves every line that is read at the same positions.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from math import floor, prod
from typing import Any

import numpy as np
from llvmlite import ir
from numba import extending
from numba.core import cgutils, types
from numba.core.datamodel.models import PrimitiveModel
from numba.core.datamodel.registry import register_default

from isocenter.core.arrays import FloatArray
from isocenter.kernels.compile import scalar

LANES = 8
# Samples of a cache line.
_LINE = 16
_ONE, _PART = float(2**32), 2.0**-24
# numba's own types of what it decorates know the function before, not after.
intrinsic: Any = extending.intrinsic
# Sum and product may become one rounded operation; sums keep their order.
_FLAGS = ("contract", "nsz")
_KINDS: dict[Any, Any] = {types.float32: ir.FloatType(), types.float64: ir.DoubleType()}
_INDEX = ir.IntType(32)


class Lanes(types.Type):
    """Eight numbers of one kind."""

    def __init__(self, dtype: Any) -> None:
        self.dtype = dtype
        super().__init__(f"Lanes({dtype})")

    @property
    def llvm(self) -> Any:
        """The vector of LLVM."""
        return ir.VectorType(_KINDS[self.dtype], LANES)


@register_default(Lanes)
class _LanesModel(PrimitiveModel):
    def __init__(self, manager: Any, kind: Lanes) -> None:
        super().__init__(manager, kind, kind.llvm)  # type: ignore[no-untyped-call]


def _function(builder: Any, name: str, answer: Any, parameters: list[Any]) -> Any:
    kind = ir.FunctionType(answer, parameters)
    return cgutils.get_or_insert_function(builder.module, kind, name)  # type: ignore[no-untyped-call]


def _everywhere(builder: Any, value: Any) -> Any:
    """Return a vector with one value in every lane."""
    undefined = ir.Constant(ir.VectorType(value.type, LANES), ir.Undefined)
    first = builder.insert_element(undefined, value, _INDEX(0))
    return builder.shuffle_vector(first, undefined, ir.Constant(ir.VectorType(_INDEX, LANES), [0] * LANES))


def _same(kind: Lanes, number: float) -> Any:
    return ir.Constant(kind.llvm, [number] * LANES)


def _place(context: Any, builder: Any, kind: Any, array: Any, index: Any) -> Any:
    """Return the address of eight samples of a one-dimensional contiguous array."""
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [index]), Lanes(kind.dtype).llvm.as_pointer())


# The parameters' names and number are numba's own protocol; only their types count in what follows.
@intrinsic
def load(typingctx, array, index):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Return eight samples of a contiguous array from an index on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        value = builder.load(_place(context, builder, signature.args[0], *arguments))
        value.align = array.dtype.bitwidth // 8
        return value

    return Lanes(array.dtype)(array, types.intp), generate


@intrinsic
def store(typingctx, array, index, value):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Put eight samples into a contiguous array from an index on."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        place = _place(context, builder, signature.args[0], *arguments[:2])
        builder.store(arguments[2], place).align = array.dtype.bitwidth // 8
        return context.get_dummy_value()

    return types.void(array, types.intp, Lanes(array.dtype)), generate


@intrinsic
def transpose(typingctx, source, first, stride, target, first_there, stride_there):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Write eight by eight samples, rows `stride` apart, to rows `stride_there` apart, rows and columns exchanged."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kinds = signature.args
        a, start, step, b, start_there, step_there = arguments
        align = source.dtype.bitwidth // 8
        rows = []
        for lane in range(LANES):
            index = builder.add(start, builder.mul(step, ir.Constant(step.type, lane)))
            row = builder.load(_place(context, builder, kinds[0], a, index))
            row.align = align
            rows.append(row)
        # Pairs of rows change halves three times: with the row 1, 2 and 4 further on.
        for apart in (1, 2, 4):
            low = [lane if not lane & apart else lane - apart + LANES for lane in range(LANES)]
            high = [lane + apart if not lane & apart else lane + LANES for lane in range(LANES)]
            for lane in range(LANES):
                if not lane & apart:
                    p, q = rows[lane], rows[lane + apart]
                    for place, chosen in ((lane, low), (lane + apart, high)):
                        rows[place] = builder.shuffle_vector(p, q, ir.Constant(ir.VectorType(_INDEX, LANES), chosen))
        for lane in range(LANES):
            index = builder.add(start_there, builder.mul(step_there, ir.Constant(step_there.type, lane)))
            builder.store(rows[lane], _place(context, builder, kinds[3], b, index)).align = align
        return context.get_dummy_value()

    return types.void(source, types.intp, types.intp, target, types.intp, types.intp), generate


@intrinsic
def spread(typingctx, value):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Return one number in every lane."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
        return _everywhere(builder, arguments[0])

    return Lanes(value)(value), generate


@intrinsic
def counting(typingctx, like):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Return 0 ... 7, of the kind of a number."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
        return ir.Constant(signature.return_type.llvm, [float(lane) for lane in range(LANES)])

    return Lanes(like)(like), generate


def _reckoning(name: str) -> Any:
    """Return the intrinsic of one operation of floating-point lanes."""

    def calculate(typingctx, a, b):  # type: ignore[no-untyped-def]  # noqa: ARG001
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
            return getattr(builder, name)(*arguments, flags=_FLAGS)

        return a(a, a), generate

    calculate.__name__ = name
    return intrinsic(calculate)


_plus, _minus, _times, _over = (_reckoning(name) for name in ("fadd", "fsub", "fmul", "fdiv"))


def _overloaded(symbol: Callable[..., Any], calculate: Any) -> None:
    @extending.overload(symbol)
    def choose(a, b):  # type: ignore[no-untyped-def]  # numba compares the parameters with those of the answer
        if isinstance(a, Lanes) and a == b:
            return lambda a, b: calculate(a, b)
        return None


for _symbol, _calculate in (
    (operator.add, _plus), (operator.sub, _minus), (operator.mul, _times), (operator.truediv, _over)
):  # fmt: skip
    _overloaded(_symbol, _calculate)


def _bound(name: str, beyond: str) -> Any:
    """Return the intrinsic that holds lanes at a number where they lie beyond it."""

    def hold(typingctx, value, limit):  # type: ignore[no-untyped-def]  # noqa: ARG001
        def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
            edge = _everywhere(builder, arguments[1])
            return builder.select(builder.fcmp_ordered(beyond, arguments[0], edge), edge, arguments[0])

        return value(value, value.dtype), generate

    hold.__name__ = name
    return intrinsic(hold)


at_most, at_least = _bound("at_most", ">"), _bound("at_least", "<")


@intrinsic
def tent(typingctx, position, sample):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Return 1 - |position - sample| where that is positive and 0 elsewhere; the sample is a number."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
        kind = signature.args[0]
        away = builder.fsub(arguments[0], _everywhere(builder, arguments[1]), flags=_FLAGS)
        name = f"llvm.fabs.v{LANES}f{kind.dtype.bitwidth}"
        distance = builder.call(_function(builder, name, kind.llvm, [kind.llvm]), [away])
        weight = builder.fsub(_same(kind, 1.0), distance, flags=_FLAGS)
        zero = _same(kind, 0.0)
        return builder.select(builder.fcmp_ordered(">", weight, zero), weight, zero)

    return position(position, position.dtype), generate


@intrinsic
def interpolated(typingctx, array, position):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Return a contiguous array between its samples, at eight positions that all have a sample on either side."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        kind = signature.args[1]
        wide, pair = ir.VectorType(_INDEX, LANES), ir.VectorType(_KINDS[kind.dtype], 2)
        data = context.make_array(signature.args[0])(context, builder, arguments[0]).data
        low = builder.fptosi(arguments[1], wide)
        part = builder.fsub(arguments[1], builder.sitofp(low, kind.llvm), flags=_FLAGS)
        first = second = ir.Constant(kind.llvm, ir.Undefined)
        for lane in range(LANES):
            at = builder.gep(data, [builder.sext(builder.extract_element(low, _INDEX(lane)), ir.IntType(64))])
            # Both neighbours in one load.
            both = builder.load(builder.bitcast(at, pair.as_pointer()))
            both.align = kind.dtype.bitwidth // 8
            first = builder.insert_element(first, builder.extract_element(both, _INDEX(0)), _INDEX(lane))
            second = builder.insert_element(second, builder.extract_element(both, _INDEX(1)), _INDEX(lane))
        rise = builder.fsub(second, first, flags=_FLAGS)
        return builder.fadd(first, builder.fmul(part, rise, flags=_FLAGS), flags=_FLAGS)

    return position(array, position), generate


@scalar
def fixed(number):  # type: ignore[no-untyped-def]  # numba infers
    """Return a number in parts of 2^-32: adding steps to it loses nothing that counts, and its floor is a shift."""
    return np.int64(floor(number * _ONE + 0.5))


@scalar
def fraction(number):  # type: ignore[no-untyped-def]  # numba infers
    """Return what lies above the floor of a `fixed` number, as float32, to 2^-24."""
    return np.float32(np.int32((number & np.int64(0xFFFFFFFF)) >> 8)) * np.float32(_PART)


def aligned_zeros(shape: tuple[int, ...]) -> FloatArray:
    """Return float32 zeros that begin with a cache line: no eight of them, counted from there, lie in two lines."""
    size = prod(shape)
    room = np.zeros(size + _LINE, dtype=np.float32)
    first = -(room.ctypes.data // room.itemsize) % _LINE
    return room[first : first + size].reshape(shape)

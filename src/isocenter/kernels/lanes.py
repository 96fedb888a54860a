"""Eight numbers at a time on a CPU: a small vector type for loops that compilers do not make vectors of.

A `Lanes` holds eight float32, float64 or int32 in registers of the processor. Kernels load, store and reckon with it by
the functions of this file; LLVM lowers each to what the machine has (AVX, NEON, or pairs of four). Loops that gather
from neighbours, or add in place, stay scalar in a compiler's hands; with lanes they are contiguous loads:

`tent(f, k)`, 1 - |f - k| where positive, is the weight with which linear interpolation at position f takes sample k.
Where eight positions advance about as fast as the samples, a few contiguous loads, each weighted lane by lane, take the
place of sixteen gathered samples; and one set of weights serves every line that is read at the same positions.
"""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import llvmlite.binding
from llvmlite import ir
from numba import extending
from numba.core import cgutils, types
from numba.core.datamodel.models import PrimitiveModel
from numba.core.datamodel.registry import register_default

LANES = 8
# numba's own types of what it decorates know the function before, not after.
intrinsic: Any = extending.intrinsic
# Sum and product may become one rounded operation; sums keep their order.
_FLAGS = ("contract", "nsz")
_KINDS: dict[Any, Any] = {types.float32: ir.FloatType(), types.float64: ir.DoubleType(), types.int32: ir.IntType(32)}
_INDEX = ir.IntType(32)


def _machine_permutes() -> bool:
    features = llvmlite.binding.get_host_cpu_features()
    return bool(features.get("avx2", False))


# Whether `pick` is one instruction here (AVX2); elsewhere kernels keep to their scalar loops.
CAN_PICK = _machine_permutes()


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
            first, second = arguments
            if name == "larger":
                return builder.select(builder.fcmp_ordered(">", first, second), first, second)
            if name == "smaller":
                return builder.select(builder.fcmp_ordered("<", first, second), first, second)
            return getattr(builder, name)(first, second, flags=_FLAGS)

        return a(a, a), generate

    calculate.__name__ = name
    return intrinsic(calculate)


_plus, _minus, _times = _reckoning("fadd"), _reckoning("fsub"), _reckoning("fmul")
larger, smaller = _reckoning("larger"), _reckoning("smaller")


def _overloaded(symbol: Callable[..., Any], calculate: Any) -> None:
    @extending.overload(symbol)
    def choose(a, b):  # type: ignore[no-untyped-def]  # numba compares the parameters with those of the answer
        if isinstance(a, Lanes) and a == b:
            return lambda a, b: calculate(a, b)
        return None


for _symbol, _calculate in ((operator.add, _plus), (operator.sub, _minus), (operator.mul, _times)):
    _overloaded(_symbol, _calculate)


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
def below(typingctx, value):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Return numbers that are not negative cut to integers (int32)."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
        return builder.fptosi(arguments[0], signature.return_type.llvm)

    return Lanes(types.int32)(value), generate


@intrinsic
def lane(typingctx, value, number):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Return one lane; its number is written into the program."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
        return builder.extract_element(arguments[0], _INDEX(number.literal_value))

    if not isinstance(number, types.IntegerLiteral):
        return None
    return value.dtype(value, number), generate


@intrinsic
def pick(typingctx, value, numbers, first):  # type: ignore[no-untyped-def]  # noqa: ARG001
    """Return, for every lane, the lane of `value` that `numbers` less `first` names, 0 to 7. Needs `CAN_PICK`."""

    def generate(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:  # noqa: ARG001
        vector, integers = signature.args[0].llvm, signature.args[1].llvm
        function = _function(builder, "llvm.x86.avx2.permps", vector, [vector, integers])
        numbers = builder.sub(arguments[1], _everywhere(builder, arguments[2]))
        return builder.call(function, [arguments[0], numbers])

    return value(value, numbers, types.int32), generate

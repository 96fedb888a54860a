"""The algebra of linear operators: what every forward model is made of."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, TypeAlias

import numpy as np
from array_api_compat import array_namespace

from isocenter.core.arrays import Array
from isocenter.core.errors import OptionError, ShapeError
from isocenter.core.grid import Grid

Shape: TypeAlias = tuple[int, ...]
Scalar: TypeAlias = float | complex


class LinearOperator(ABC):
    """A linear map between arrays of fixed shape, with its exact adjoint.

    Subclasses give `_forward` and `_adjoint` and, where it is cheaper, `_normal`; they hold only
    mathematics, because shapes are checked here. Single precision stays single, double stays double.

    Parameters
    ----------
    in_shape, out_shape
        Shapes of the image and of the data.
    in_grid
        Where the image lies, for operators that know it.
    """

    def __init__(self, in_shape: Shape, out_shape: Shape, *, in_grid: Grid | None = None) -> None:
        self.in_shape = tuple(int(n) for n in in_shape)
        self.out_shape = tuple(int(n) for n in out_shape)
        self.in_grid = in_grid

    @abstractmethod
    def _forward(self, x: Any) -> Any:
        """Return A x."""

    @abstractmethod
    def _adjoint(self, y: Any) -> Any:
        """Return A^H y."""

    def _normal(self, x: Any) -> Any:
        """Return A^H A x."""
        return self._adjoint(self._forward(x))

    def _adjoint_after(self, inner: LinearOperator, y: Any) -> Any:
        """Return B^H A^H y for an inner operator B; overridden where both together are cheaper."""
        return inner._adjoint(self._adjoint(y))

    def _normal_after(self, inner: LinearOperator, x: Any) -> Any:
        """Return B^H A^H A B x for an inner operator B; overridden where both together are cheaper."""
        return inner._adjoint(self._normal(inner._forward(x)))

    def __call__(self, x: Any) -> Any:
        """Return A x; raises `ShapeError` if `x` does not have `in_shape`."""
        self._require(x, self.in_shape, "input")
        return self._forward(x)

    def adjoint(self, y: Any) -> Any:
        """Return A^H y; raises `ShapeError` if `y` does not have `out_shape`."""
        self._require(y, self.out_shape, "data")
        return self._adjoint(y)

    def normal(self, x: Any) -> Any:
        """Return A^H A x, by a shorter way where there is one."""
        self._require(x, self.in_shape, "input")
        return self._normal(x)

    @property
    def H(self) -> LinearOperator:  # noqa: N802 - the field's letter
        """The adjoint as an operator."""
        return Adjoint(self)

    @property
    def N(self) -> LinearOperator:  # noqa: N802 - the field's letter
        """The normal operator A^H A."""
        return Normal(self)

    def __matmul__(self, other: LinearOperator) -> LinearOperator:
        return Composition(self, other)

    def __add__(self, other: LinearOperator) -> LinearOperator:
        return Sum((self, other))

    def __sub__(self, other: LinearOperator) -> LinearOperator:
        return Sum((self, Scaled(-1.0, other)))

    def __mul__(self, factor: Scalar) -> LinearOperator:
        return Scaled(factor, self)

    def __rmul__(self, factor: Scalar) -> LinearOperator:
        return Scaled(factor, self)

    def __neg__(self) -> LinearOperator:
        return Scaled(-1.0, self)

    def linearize(self, x: Any) -> LinearOperator:
        """Return the derivative at `x`: a linear operator is its own."""
        self._require(x, self.in_shape, "input")
        return self

    def norm(self, rng: np.random.Generator, *, n_iterations: int = 30, is_complex: bool = False) -> float:
        """Return an estimate, from below, of the largest singular value by power iteration.

        Source: Golub and Van Loan, Matrix Computations, 4th ed. 2013, sec. 8.2.1.
        """
        x = _random(rng, self.in_shape, np.dtype(complex if is_complex else float))
        largest = 0.0
        for _ in range(n_iterations):
            length = float(np.linalg.norm(x))
            if length == 0.0:
                return 0.0
            x = self._normal(x / length)
            largest = float(np.linalg.norm(x)) ** 0.5
        return largest

    def check(self, rng: np.random.Generator, *, dtype: Any = np.float64, n_trials: int = 3) -> float:
        """Return the largest relative error of adjoint, linearity and normal operator over random vectors.

        The adjoint's is ``|<Ax, y> - <x, A^H y>| / (|Ax| |y|)``. A sound operator gives at most
        1e-12 in double and 1e-5 in single precision.
        """
        kind = np.dtype(dtype)
        worst = 0.0
        for _ in range(n_trials):
            x, z = (_random(rng, self.in_shape, kind) for _ in range(2))
            Ax = self(x)
            y = _random(rng, self.out_shape, np.result_type(Ax.dtype, np.float32))
            worst = max(worst, _dot_error(Ax, y, x, self.adjoint(y)))
            worst = max(worst, _difference(self(2 * x - z), 2 * Ax - self(z)))
            worst = max(worst, _difference(self.normal(x), self.adjoint(Ax)))
        return worst

    def _require(self, array: Any, shape: Shape, role: str) -> None:
        if tuple(array.shape) != shape:
            raise ShapeError(
                f"The {role} of {self!r} has the wrong shape.", field=role, found=tuple(array.shape), expected=shape
            )

    def __repr__(self) -> str:
        return f"{type(self).__name__}({self.in_shape} -> {self.out_shape})"


class Identity(LinearOperator):
    """The operator that changes nothing."""

    def __init__(self, shape: Shape, *, in_grid: Grid | None = None) -> None:
        super().__init__(shape, shape, in_grid=in_grid)

    def _forward(self, x: Any) -> Any:
        return x

    def _adjoint(self, y: Any) -> Any:
        return y


class Diagonal(LinearOperator):
    """Multiplication by fixed weights, which may be complex."""

    def __init__(self, weights: Any, *, in_grid: Grid | None = None) -> None:
        super().__init__(tuple(weights.shape), tuple(weights.shape), in_grid=in_grid)
        self._weights = weights
        self._conjugate = weights.conj() if _is_complex(weights) else weights

    def _forward(self, x: Any) -> Any:
        return x * self._weights

    def _adjoint(self, y: Any) -> Any:
        return y * self._conjugate


class Dense(LinearOperator):
    """A matrix, for small models and for tests: shape (rows, columns)."""

    def __init__(self, matrix: Any) -> None:
        super().__init__((matrix.shape[1],), (matrix.shape[0],))
        self.matrix = matrix
        self._hermitian = matrix.conj().T if _is_complex(matrix) else matrix.T

    def _forward(self, x: Any) -> Any:
        return self.matrix @ x

    def _adjoint(self, y: Any) -> Any:
        return self._hermitian @ y


class Adjoint(LinearOperator):
    """The adjoint of an operator; its adjoint is the operator itself."""

    def __init__(self, operator: LinearOperator) -> None:
        super().__init__(operator.out_shape, operator.in_shape)
        self._operator = operator

    def _forward(self, x: Any) -> Any:
        return self._operator._adjoint(x)

    def _adjoint(self, y: Any) -> Any:
        return self._operator._forward(y)

    @property
    def H(self) -> LinearOperator:  # noqa: N802 - the field's letter
        return self._operator


class Normal(LinearOperator):
    """A^H A, by the operator's own shorter way where it has one."""

    def __init__(self, operator: LinearOperator) -> None:
        super().__init__(operator.in_shape, operator.in_shape, in_grid=operator.in_grid)
        self._operator = operator

    def _forward(self, x: Any) -> Any:
        return self._operator._normal(x)

    def _adjoint(self, y: Any) -> Any:
        return self._operator._normal(y)


class Composition(LinearOperator):
    """A B: first B, then A."""

    def __init__(self, outer: LinearOperator, inner: LinearOperator) -> None:
        if outer.in_shape != inner.out_shape:
            raise ShapeError(
                f"{outer!r} cannot follow {inner!r}.", field="@", found=inner.out_shape, expected=outer.in_shape
            )
        super().__init__(inner.in_shape, outer.out_shape, in_grid=inner.in_grid)
        self._outer, self._inner = outer, inner

    def _forward(self, x: Any) -> Any:
        return self._outer._forward(self._inner._forward(x))

    def _adjoint(self, y: Any) -> Any:
        return self._outer._adjoint_after(self._inner, y)

    def _normal(self, x: Any) -> Any:
        return self._outer._normal_after(self._inner, x)


class Sum(LinearOperator):
    """The sum of operators of the same shapes."""

    def __init__(self, terms: Sequence[LinearOperator]) -> None:
        first = terms[0]
        for term in terms:
            if (term.in_shape, term.out_shape) != (first.in_shape, first.out_shape):
                raise ShapeError(
                    f"{term!r} cannot be added to {first!r}.", field="+", found=repr(term), expected=repr(first)
                )
        super().__init__(first.in_shape, first.out_shape, in_grid=first.in_grid)
        self._terms = tuple(terms)

    def _forward(self, x: Any) -> Any:
        return _total([term._forward(x) for term in self._terms])

    def _adjoint(self, y: Any) -> Any:
        return _total([term._adjoint(y) for term in self._terms])


class Scaled(LinearOperator):
    """A factor times an operator."""

    def __init__(self, factor: Scalar, operator: LinearOperator) -> None:
        if not isinstance(factor, int | float | complex | np.number):
            raise OptionError(
                "Only a number can scale an operator.", field="*", found=type(factor).__name__, expected="number"
            )
        super().__init__(operator.in_shape, operator.out_shape, in_grid=operator.in_grid)
        value = complex(factor)
        self._factor: Scalar = value.real if value.imag == 0 else value
        self._operator = operator

    def _forward(self, x: Any) -> Any:
        return self._factor * self._operator._forward(x)

    def _adjoint(self, y: Any) -> Any:
        return np.conj(self._factor).item() * self._operator._adjoint(y)

    def _normal(self, x: Any) -> Any:
        return abs(self._factor) ** 2 * self._operator._normal(x)


class Stack(LinearOperator):
    """One image, several sets of data of the same shape: the results stand along a new first axis."""

    def __init__(self, rows: Sequence[LinearOperator]) -> None:
        first = rows[0]
        for row in rows:
            if (row.in_shape, row.out_shape) != (first.in_shape, first.out_shape):
                raise ShapeError(
                    f"{row!r} cannot be stacked on {first!r}.", field="stack", found=repr(row), expected=repr(first)
                )
        super().__init__(first.in_shape, (len(rows), *first.out_shape), in_grid=first.in_grid)
        self._rows = tuple(rows)

    def _forward(self, x: Any) -> Any:
        return array_namespace(x).stack([row._forward(x) for row in self._rows])

    def _adjoint(self, y: Any) -> Any:
        return _total([row._adjoint(y[index]) for index, row in enumerate(self._rows)])

    def _normal(self, x: Any) -> Any:
        return _total([row._normal(x) for row in self._rows])


class Block(LinearOperator):
    """A matrix of operators on flattened vectors: rows of data, columns of images; None is zero.

    The input is the images one after the other, flattened; so is the output of the data.
    """

    def __init__(self, rows: Sequence[Sequence[LinearOperator | None]]) -> None:
        self._rows = tuple(tuple(row) for row in rows)
        self._in_shapes = tuple(_common(column, "in_shape") for column in zip(*self._rows, strict=True))
        self._out_shapes = tuple(_common(row, "out_shape") for row in self._rows)
        super().__init__((_count(self._in_shapes),), (_count(self._out_shapes),))

    def _forward(self, x: Any) -> Any:
        return self._apply(self._rows, _split(x, self._in_shapes), "_forward")

    def _adjoint(self, y: Any) -> Any:
        columns = tuple(zip(*self._rows, strict=True))
        return self._apply(columns, _split(y, self._out_shapes), "_adjoint")

    def _apply(self, rows: Sequence[Sequence[LinearOperator | None]], parts: Sequence[Any], action: str) -> Any:
        xp = array_namespace(parts[0])
        sums = []
        for row in rows:
            terms = [getattr(entry, action)(part) for entry, part in zip(row, parts, strict=True) if entry is not None]
            sums.append(xp.reshape(_total(terms), (-1,)))
        return xp.concat(sums)


def stack(rows: Sequence[LinearOperator]) -> LinearOperator:
    """Return the operator that applies every one of `rows` to the same image."""
    return Stack(rows)


def block(rows: Sequence[Sequence[LinearOperator | None]]) -> LinearOperator:
    """Return a matrix of operators on flattened vectors; None stands for zero."""
    return Block(rows)


def _common(entries: Sequence[LinearOperator | None], attribute: str) -> Shape:
    shapes = {getattr(entry, attribute) for entry in entries if entry is not None}
    if len(shapes) != 1:
        raise ShapeError(
            "A row or column of a block operator needs one shape.",
            field=attribute,
            found=sorted(shapes),
            expected="one shape",
        )
    shape: Shape = shapes.pop()
    return shape


def _count(shapes: Sequence[Shape]) -> int:
    return int(sum(np.prod(shape, dtype=int) for shape in shapes))


def _split(vector: Any, shapes: Sequence[Shape]) -> list[Any]:
    xp = array_namespace(vector)
    parts, start = [], 0
    for shape in shapes:
        stop = start + _count([shape])
        parts.append(xp.reshape(vector[start:stop], shape))
        start = stop
    return parts


def _total(terms: Sequence[Any]) -> Any:
    total = terms[0]
    for term in terms[1:]:
        total = total + term
    return total


def _is_complex(array: Any) -> bool:
    return bool(array_namespace(array).isdtype(array.dtype, "complex floating"))


def _random(rng: np.random.Generator, shape: Shape, dtype: Any) -> Array:
    kind = np.dtype(dtype)
    values = rng.standard_normal(shape)
    if kind.kind == "c":
        values = values + 1j * rng.standard_normal(shape)
    return np.asarray(values, dtype=kind)


def _dot_error(Ax: Array, y: Array, x: Array, AHy: Array) -> float:
    left = complex(np.vdot(y.astype(complex), Ax.astype(complex)))
    right = complex(np.vdot(AHy.astype(complex), x.astype(complex)))
    scale = float(np.linalg.norm(Ax) * np.linalg.norm(y)) or 1.0
    # A real image has a real adjoint: only the real part of the data's inner product is the image's.
    return abs(left - right if np.iscomplexobj(x) else left.real - right.real) / scale


def _difference(a: Array, b: Array) -> float:
    scale = float(np.linalg.norm(b)) or 1.0
    return float(np.linalg.norm(a - b)) / scale

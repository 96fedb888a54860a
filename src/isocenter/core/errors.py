"""One tree of errors whose messages say what was found, what was expected and what to do."""

from __future__ import annotations

_FIELDS = ("file", "field", "found", "expected", "remedy")


class IsocenterError(Exception):
    """Something a person can act on.

    Parameters
    ----------
    message
        One sentence: what is wrong.
    file, field
        Where: a file name (never a patient's name) and the attribute, tag or argument.
    found, expected
        What was there and what should have been.
    remedy
        What to do about it.
    """

    title = "Something went wrong"

    def __init__(
        self,
        message: str,
        *,
        file: object = None,
        field: object = None,
        found: object = None,
        expected: object = None,
        remedy: str | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.file = None if file is None else str(file)
        self.field = None if field is None else str(field)
        self.found = None if found is None else str(found)
        self.expected = None if expected is None else str(expected)
        self.remedy = remedy

    def as_dict(self) -> dict[str, str]:
        """Return the message and every part that is known, for JSON."""
        parts = {name: getattr(self, name) for name in _FIELDS}
        return {"message": self.message} | {name: value for name, value in parts.items() if value is not None}

    def __str__(self) -> str:
        details = [f"{name}: {getattr(self, name)}" for name in _FIELDS if getattr(self, name) is not None]
        return self.message if not details else f"{self.message} ({'; '.join(details)})"


class ShapeError(IsocenterError, ValueError):
    """An array has another shape than the operation needs."""

    title = "The shapes do not fit"


class UnitError(IsocenterError, ValueError):
    """A unit is unknown or is not the one needed."""

    title = "The unit does not fit"


class GeometryError(IsocenterError, ValueError):
    """Positions, directions or spacings contradict each other."""

    title = "The geometry does not fit"


class OptionError(IsocenterError, ValueError):
    """An option is unknown or out of its range."""

    title = "An option is not valid"


class FileFormatError(IsocenterError, ValueError):
    """A file is not what it claims to be, or nothing here can read it."""

    title = "The file cannot be read"


class DataError(IsocenterError, ValueError):
    """A file is readable, but what it says is incomplete or contradicts itself."""

    title = "The data are not consistent"


class MissingExtraError(IsocenterError, ImportError):
    """An optional dependency is not installed."""

    title = "An optional package is missing"


class NotFoundError(IsocenterError):
    """What was asked for is not here."""

    title = "Not found"


class UnauthenticatedError(IsocenterError):
    """Nobody is signed in."""

    title = "Sign in first"


class ForbiddenError(IsocenterError):
    """Who asked may not do this."""

    title = "Not allowed"


class ConflictError(IsocenterError):
    """The request contradicts what is already stored."""

    title = "Conflict with what is stored"


class StorageFullError(IsocenterError):
    """The disk has no room; nothing was stored."""

    title = "The storage is full"


class TooLargeError(IsocenterError):
    """What was sent is larger than the limit."""

    title = "Too large"


class NotSupportedError(IsocenterError):
    """Understood, but not offered here."""

    title = "Not supported"


class ProtocolError(IsocenterError):
    """The peer broke the protocol."""

    title = "The peer broke the protocol"


class IsocenterWarning(UserWarning):
    """Something a person should know, though the result stands."""

"""Errors that a user can correct; pages and the command line show their text as it is."""


class TenseLabError(Exception):
    """The base of all errors about bad input. The message is one sentence that says what to do."""


class UnknownCharacter(TenseLabError):
    """A word contains a letter that is not in the alphabet."""


class BadWord(TenseLabError):
    """A text can't be conjugated (empty, too long, a verb that lacks such forms), or it names no tense of the model."""


class BadData(TenseLabError):
    """A data file can't be used. `line` is the number of the offending line, counted from 1, or None."""

    def __init__(self, message: str, line: int | None = None):
        super().__init__(message if line is None else f"Line {line}: {message}")
        self.line = line


class BadConfig(TenseLabError):
    """A setting is out of its range, or settings contradict each other."""


class BadCheckpoint(TenseLabError):
    """A file is missing, damaged, or not a checkpoint of this library."""


class BadRun(TenseLabError):
    """A run folder is missing, in use, or can't be resumed."""

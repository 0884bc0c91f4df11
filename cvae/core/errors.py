"""Errors that a user can mend; pages and the command line show their text as it is."""


class TenseLabError(Exception):
    """Bad input of any kind. The message is one sentence that says what to do."""


class UnknownCharacter(TenseLabError):
    """A word contains a letter that is not in the alphabet."""


class BadWord(TenseLabError):
    """Not a word that can be conjugated: empty, too long, or a verb that has no such forms."""


class BadData(TenseLabError):
    """A data file that can't be used. `line` is the number of the offending line, counted from 1, or None."""

    def __init__(self, message: str, line: int | None = None):
        super().__init__(message if line is None else f"Line {line}: {message}")
        self.line = line


class BadConfig(TenseLabError):
    """A setting out of its range, or settings that contradict each other."""


class BadCheckpoint(TenseLabError):
    """A file that is missing, damaged, or not a checkpoint of this library."""


class BadRun(TenseLabError):
    """A run folder that is missing, in use, or can't be resumed."""

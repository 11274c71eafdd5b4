"""The errors the tutor raises: one line that says what, where and what to do.

Modules raise them, only the faces (command line, chat page) catch them.
"""


class TutorError(Exception):
    """Base of every error a user may see; its text is one complete line."""


class SettingsError(TutorError):
    """A setting is unknown, of the wrong type or out of its bounds."""


class DocumentError(TutorError):
    """A file of the corpus cannot be read; the text is the reason alone.

    `given`: it may be readable where more than so many seconds are allowed.
    """

    def __init__(self, reason: str, *, given: float | None = None) -> None:
        super().__init__(reason)
        self.given = given


class IndexMissingError(TutorError):
    """There is no index in the folder named."""


class IndexKindError(TutorError):
    """The index was made with another embedding model, chunker or format."""


class IndexDamagedError(TutorError):
    """A file of the index does not have the checksum its manifest states."""


class ModelError(TutorError):
    """A model cannot be found, loaded or reached."""


class PromptError(TutorError):
    """A prompt file is missing or does not have the placeholders it needs."""


class LabError(TutorError):
    """A lab is unknown, or one of its options is unknown or out of its bounds."""

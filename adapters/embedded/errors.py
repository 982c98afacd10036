"""What a person is told when the embedded database cannot be had."""


class EmbeddedError(Exception):
    """The embedded database cannot be had; its text says what happened, why, and what to do."""

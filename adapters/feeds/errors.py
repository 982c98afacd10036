"""Why a municipality's copy could not be made or removed, in a sentence for a person."""


class FeedError(Exception):
    """What happened, why, and what to do."""

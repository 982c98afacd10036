"""What registering and withdrawing applicants share (pretendentu reģistrēšana): the answer with what became of each."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from adapters.inquiry import Answer
from adapters.naming import ApplicantName
from core.achievements.applicants import ApplicantOutcome, Registered


@dataclass(frozen=True, slots=True)
class Applicants:
    """The request: a campaign, and up to 1000 applicants under the sender's key of the message."""

    batch_key: str
    campaign: str
    applicants: list[ApplicantName]
    dry_run: bool = False


class ApplicantsResponse(NamedTuple):
    """The answer: how many applicants became what, and what became of each."""

    data_as_of: str
    batch_key: str
    dry_run: bool
    repeated: bool
    received: int
    accepted: int
    unchanged: int
    rejected: int
    outcomes: Sequence[ApplicantOutcome]


def registered(request: Applicants, done: Registered) -> Answer:
    """The answer to a request with applicants."""
    response = ApplicantsResponse(done.data_as_of, request.batch_key, request.dry_run, *done[1:-1])
    return Answer(response, done.persons, done.data_as_of)

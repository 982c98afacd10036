"""submitTeachingPosts: schools tell who holds which post with them (pedagogu amatu iesniegšana)."""

from dataclasses import dataclass

from sqlalchemy.orm import Session

from adapters.inquiry import Answer, Inquiry
from adapters.submitting import SubmitItemsResponse, submit_items
from core.submissions.teaching_posts import TEACHING_POST, TeachingPostItem

PERSONAL = True
DATABASE = "register"


@dataclass(frozen=True, slots=True)
class SubmitTeachingPosts:
    """The request: up to 1000 items under the sender's key of the message."""

    batch_key: str
    items: list[TeachingPostItem]
    dry_run: bool = False


class SubmitTeachingPostsResponse(SubmitItemsResponse):
    """The answer: what became of each item."""


def handle(session: Session, inquiry: Inquiry, request: SubmitTeachingPosts) -> Answer:
    return submit_items(session, inquiry, TEACHING_POST, "submitTeachingPosts", request)

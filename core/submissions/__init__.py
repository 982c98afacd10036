"""Submissions (iesniegtie ziņojumi): what senders send, judged item by item, written in one go, answered once.

Every operation that writes goes through one frame:

    once(session, sender, operation, batch_key, body, work, dry_run=False) -> Answered

    session     a session of the register within its transaction (`databases.register.begin()`); nothing is committed here
    sender      Sender(client, user, message_id, scope, now)
    operation   its code in the contract: "submitInstitutions"
    batch_key   the sender's own key of the message
    body        what the message says, as bytes: `canonical(request)` for a dataclass; neither batch key nor dry run is part of it
    work        called without arguments, returns Done(answer, persons, received, accepted, unchanged, refused); may be called again
    dry_run     the same work, taken back afterwards; nothing of it is kept

`work` runs in a savepoint and is tried again from its beginning when two writers met (a unique or exclusion constraint, a deadlock), so it
must keep nothing from one attempt to the next. A Refusal that it raises refuses the whole message, and nothing is kept. `Done.answer` is
anything that JSON can carry; it is stored, and the same message again is answered with it (tuples come back as lists) and `repeated`. The
same key with another body is BatchKeyReused; two at once wait for each other. `Done.refused` are items that were not taken: they are
stored with their reasons and read back by getSubmissionReport.
"""

from core.submissions.batches import Answered, Done, RefusedItem, Sender, canonical, once

__all__ = ["Answered", "Done", "RefusedItem", "Sender", "canonical", "once"]

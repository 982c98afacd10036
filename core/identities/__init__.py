"""Who is who (identitātes): two records become one person, and what does not belong to one person is separated.

A person groups identities; rows hang on an identity. So a merge and a separation move pointers, and no row about education is rewritten:

    merge(session, by, keep, merge) -> Merged            everything of one person goes to the other
    separate(session, by, [Asked(who, into), …]) -> Separated    back to whom it came from, to a new person, to a person that is named
    overlaps(session) -> [Overlapping]                   main affiliations that overlap since a merge: work for people
    keep_at_rest(session)                                for whoever takes over a list of people: no identity moves meanwhile

Afterwards every code finds exactly one person, and a person who has codes has exactly one that is current. Who had no code and was named by
an institution's identifier is merged with the person of the code, once there is one.
"""

from core.identities.merging import Merged, merge
from core.identities.named import Decision, KnownAs, keep_at_rest
from core.identities.overlaps import Overlapping, overlaps
from core.identities.separating import Asked, Separated, separate

__all__ = ["Asked", "Decision", "KnownAs", "Merged", "Overlapping", "Separated", "keep_at_rest", "merge", "overlaps", "separate"]

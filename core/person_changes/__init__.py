"""Changes of the population register (iedzīvotāju reģistra izmaiņas): stored raw first, then applied in order per person.

    import_changes(register, source, now)     stores what is new, applies what can be applied
    apply_stored(register, now)               the same without asking anybody: after a repair
    repair(register, position, record)        a mended record in the place of a failed one
    failed_changes(register)                  what waits for a repair

A change that cannot be applied stays as failed with its rule, and later ones of that person wait for it; everybody else's go on. What is
applied and that it was applied commit together, so a run that was killed goes on where it was and does nothing twice. A change that is
older than a list which spoke of its person is not applied any more (`core.reconciliation`).
"""

from core.person_changes.applying import apply_stored, import_changes
from core.person_changes.raw_store import FailedChange, NotFailed, failed_changes, repair
from core.person_changes.records import ChangePage, ChangesSummary, PersonChangeRecord, PersonChangeSource, as_json, from_json

__all__ = [
    "ChangePage",
    "ChangesSummary",
    "FailedChange",
    "NotFailed",
    "PersonChangeRecord",
    "PersonChangeSource",
    "apply_stored",
    "as_json",
    "failed_changes",
    "from_json",
    "import_changes",
    "repair",
]

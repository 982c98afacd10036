"""What holds of a subject on a day (spēkā esamība dienā), as SQL that the reads share, in the final form of messages.

Behind the end of a term nothing is written, because nobody decided anything: what held last has expired then (EXP), or the licence has
lapsed (ZAU). So has a licence whose teaching did not start in time, from the day after on.
"""

from core.accreditation.effect import not_started
from core.reading import known_at

GOOD_TERMS = "('6Y', '2Y', 'EXT')"


def state(alias: str, kind: str, institution: str, programme: str) -> str:
    """SQL for a lateral row `alias` of a subject on the day %(on)s: id, status, good, first, last, start_by, decision_id, number.

    No row when nothing was decided of the subject up to that day.
    """
    is_same = f"r.programme = {programme}" if programme else "r.programme IS NULL"
    return f"""LATERAL (
        SELECT r.id, {STATUS} AS status, {GOOD} AS good, lower(q.valid)::text AS first, {LAST} AS last,
            {TEACHING} AS start_by, q.decision_id, d.number
        FROM recognition r
        JOIN recognition_period q ON q.recognition_id = r.id AND {known_at("q")} AND lower(q.valid) <= %(on)s::date
        JOIN decision d ON d.id = q.decision_id
        WHERE r.kind = '{kind}' AND r.institution = {institution} AND {is_same}
        ORDER BY q.valid DESC LIMIT 1) {alias}"""


# What a subject is called in messages.
SUBJECT = "replace(r.kind, 'examination_centre', 'examinationCentre')"
HOLDS = "q.valid @> %(on)s::date"
LAPSED = f"(q.start_by < %(on)s::date AND {not_started('r', 'q', '%(today)s::date', 'then')}) IS TRUE"
# The status in words of the code lists licence_status and accreditation_term.
STATUS = f"""CASE WHEN q.status = 'LIC' AND ({LAPSED} OR NOT {HOLDS}) THEN 'ZAU'
            WHEN q.status IN {GOOD_TERMS} AND NOT {HOLDS} THEN 'EXP' ELSE q.status END"""
GOOD = f"(q.status = 'LIC' AND {HOLDS} AND NOT {LAPSED} OR q.status IN {GOOD_TERMS} AND {HOLDS})"
LAST = f"CASE WHEN q.status = 'LIC' AND {LAPSED} THEN q.start_by ELSE upper(q.valid) - 1 END::text"
# By when teaching has to start; nothing once it did, or once the licence is no more.
TEACHING = f"CASE WHEN {HOLDS} AND NOT q.started THEN q.start_by::text END"

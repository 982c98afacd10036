"""What licences and accreditations do to the rest (licenču un akreditāciju sekas): pieces of SQL that other reads take in.

A programme is accredited by its own accreditation, which is historic, or, since there are no others, by that of its institution.
"""

from core.accreditation.folding import GOOD
from core.reading import known

LICENSED = "LIC"
INSTITUTIONS_ONLY_SINCE = "2022-08-11"
_TERMS = ", ".join(f"'{status}'" for status in sorted(GOOD - {LICENSED}))


def started(licence: str, first: str, start_by: str, at: str | None = None) -> str:
    """SQL for: somebody learnt in the programme on a day between the licence's first one and the one by which it had to start."""
    return f"""EXISTS (
            SELECT FROM affiliation st
            WHERE st.institution = {licence}.institution AND st.programme = {licence}.programme AND {known("st", at)}
            AND st.status <> 'DUB' AND st.valid && daterange(least({first}, {start_by}), {start_by}, '[]'))"""


def not_started(licence: str, period: str, today: str, at: str | None = None) -> str:
    """SQL for: by this period of a licence teaching had to start before today, and it did not (licence zaudējusi spēku)."""
    start = started(licence, f"lower({period}.valid)", f"{period}.start_by", at)
    return f"({period}.start_by < {today} AND NOT {period}.started AND NOT {start})"


def recognised_then(affiliation: str, day: str, at: str | None = None) -> str:
    """SQL for a row: whether the programme of an affiliation was licensed on a day, and whether it was accredited then."""
    lapsed = f"rp.start_by < {day} AND {not_started('r', 'rp', '%(today)s::date', at)}"
    return f"""(
                SELECT coalesce(bool_or(r.kind = 'licence' AND rp.status = '{LICENSED}' AND ({lapsed}) IS NOT TRUE), false) AS licensed,
                    coalesce(bool_or(r.kind <> 'licence' AND rp.status IN ({_TERMS})), false) AS accredited
                FROM recognition r
                JOIN recognition_period rp ON rp.recognition_id = r.id AND {known("rp", at)} AND rp.valid @> {day}
                WHERE r.institution = {affiliation}.institution AND (
                    r.programme = {affiliation}.programme
                    OR r.kind = 'institution' AND {day} >= DATE '{INSTITUTIONS_ONLY_SINCE}'))"""

"""Learners who would finish without a state-recognised document (bez valsts atzīta dokumenta), as SQL behind a page of lapses."""

from functools import cache

from core import codes
from core.accreditation.effect import INSTITUTIONS_ONLY_SINCE
from core.accreditation.holding import GOOD_TERMS
from core.reading import known_at

# The school year in which the day lies ends with August.
SCHOOL_YEAR_ENDS = "extract(year FROM %(on)s::date + interval '4 months')::int"
FINISHES = f"""CASE WHEN a.class_level ~ '^[0-9]{{1,2}}$' AND k.last_class IS NOT NULL
        THEN make_date({SCHOOL_YEAR_ENDS} + greatest(k.last_class - a.class_level::int, 0), 6, 30) END"""
# Somebody who learns in a programme that is accredited by itself, or at an accredited institution, is not cut off by the other's lapse. A
# licence has nothing in its place.
OTHERWISE = f"""EXISTS (
        SELECT FROM recognition r JOIN recognition_period q ON q.recognition_id = r.id AND {known_at("q")} AND q.status IN {GOOD_TERMS}
        WHERE r.institution = l.institution AND q.valid @> coalesce(l.finishes, x.lapses_on::date + 1)
        AND (r.programme = l.programme AND r.kind = 'programme' AND x.what NOT IN ('programme', 'licence')
            OR r.kind = 'institution' AND x.what = 'programme' AND x.lapses_on::date >= DATE '{INSTITUTIONS_ONLY_SINCE}'))"""
# Of a line `x` of lapses, by the index of its institution: who learns there, by programme and year of finishing.
LEARNERS = f"""(
    SELECT coalesce(sum(l.learners), 0)::bigint FROM (
        SELECT a.institution, a.programme, {FINISHES} AS finishes, count(*) AS learners
        FROM affiliation a JOIN unnest(%(kinds)s::text[], %(last_classes)s::int[]) AS k (kind, last_class) ON k.kind = left(a.programme, 2)
        WHERE a.institution = x.institution AND coalesce(upper(a.valid), 'infinity') > %(on)s::date AND lower(a.valid) <= %(on)s::date
        AND a.main AND a.status IN ('AKT', 'APT') AND upper_inf(a.recorded) AND coalesce(a.programme = x.programme, true)
        GROUP BY 1, 2, 3 OFFSET 0) l
    WHERE coalesce(l.finishes > x.lapses_on::date, true) AND NOT {OTHERWISE})"""


@cache
def learner_rules() -> dict[str, list[str] | list[int | None]]:
    """The kinds of programme that lead to a recognised document, and the last class of each, as parameters."""
    rows = list(codes.rows("accreditable_programme_kinds"))
    last = [int(row["last_class"]) if row["last_class"] else None for row in rows]
    return {"kinds": [row["code"] for row in rows], "last_classes": last}

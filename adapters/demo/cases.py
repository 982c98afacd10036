"""What municipalities did about children in no school (lietu darbs), made up once, in the proportions of the published yearly numbers.

The number of a case and the seed choose its search status, how old that is and what was done, so the same nation always has the same. The
past is made up with it: cases that were opened today look as if they had been there for a while. What lapses and is late follows by rule.
"""

from datetime import date
from typing import Any

from sqlalchemy.orm import Session

from core import codes
from core.cases.clocks import escalate, lapse
from core.cases.rules import CLARIFYING, JUSTIFIED, NEXT_YEAR, NO_STATUS, case_rules, last_justified_day, status_classes
from core.cases.writing import Told, change
from core.compulsory_age import rules_on
from core.connections import cursor

CLIENT, USER = "LV-DEV/MUN/DEMO/viis", "LVdemo"
YEARS = ("n_2023", "n_2022", "n_2021")
# Who has no information is also clarifying, or has entered nothing yet; numbers of these were never published.
NO_INFORMATION = {"NIN": 0.6, CLARIFYING: 0.3, NO_STATUS: 0.1}
# So many days ago, at most, a status was confirmed, and so many days before that it was given: a few justified ones have lapsed, a few
# clarifications take too long.
OLDEST, OLDEST_CLARIFYING = 380, 40
WORKED_ON = "SELECT EXISTS (SELECT FROM case_version WHERE status IS NOT NULL)"
# A number from 0 to 1 that follows the case and the seed, another one for each use.
CHANCE = "((hashint8extended(v.case_id, %(seed)s * 10 + {0}) & 1048575) / 1048576.0)"
STATUSES = f"""
SELECT v.case_id, s.status, s.meaning AS status_class, s.status AS value, given.opened_on, given.since AS status_since,
    given.confirmed_on AS status_confirmed_on,
    CASE WHEN s.meaning = '{JUSTIFIED}' THEN least(given.confirmed_on + %(justified_days)s, s.latest) END AS status_expires_on,
    CASE WHEN s.meaning = '{JUSTIFIED}' THEN 'Izdomāts pamatojums Nr. ' || v.case_id END AS status_evidence
FROM case_version v
JOIN child_case c ON c.id = v.case_id
JOIN identity i ON i.id = c.identity_id
JOIN person_profile p ON p.person_id = i.person_id AND upper_inf(p.recorded)
JOIN unnest(%(statuses)s::text[], %(meanings)s::text[], %(above)s::float[], %(upto)s::float[], %(oldest)s::int[], %(latest)s::date[])
    s (status, meaning, above, upto, oldest, latest) ON {CHANCE.format(1)} >= s.above AND {CHANCE.format(1)} < s.upto
CROSS JOIN LATERAL (
    SELECT make_date(extract(year FROM p.born_on)::int + %(start_years)s, %(start_month)s, %(start_day)s) AS begins,
        %(on)s::date - (s.oldest * {CHANCE.format(2)})::int AS confirmed_on, (s.oldest * {CHANCE.format(3)})::int AS stood) chosen
CROSS JOIN LATERAL (
    SELECT greatest(begins, confirmed_on) AS confirmed_on, greatest(begins, confirmed_on - stood) AS since,
        greatest(begins, least(v.opened_on, confirmed_on - stood - 20)) AS opened_on) given
WHERE upper_inf(v.recorded) AND v.state = 'active'"""  # noqa: S608 - of constants of the program
CHANGED = ("status", "status_class", "opened_on", "status_since", "status_confirmed_on", "status_expires_on", "status_evidence")
GIVEN_THEN = """
UPDATE case_event e SET on_day = v.status_since FROM case_version v
WHERE v.case_id = e.case_id AND upper_inf(v.recorded) AND e.kind = 'status'"""
MEASURES = f"""
INSERT INTO case_event (case_id, kind, municipality, client, user_id, value, on_day, note)
SELECT v.case_id, 'measure', v.municipality, %(client)s, %(user)s, m.measure, greatest(v.opened_on, %(on)s::date - 14 * m.step::int),
    'Izdomāts pasākums'
FROM case_version v
JOIN unnest(%(measures)s::text[]) WITH ORDINALITY m (measure, step) ON m.step <= 5 * {CHANCE.format(4)}
WHERE upper_inf(v.recorded) AND v.status IS NOT NULL"""  # noqa: S608 - of constants of the program


def work_on_cases(session: Session, today: date, seed: int) -> int:
    """Gives the cases of the made-up nation statuses and measures, once; returns how many have a status."""
    run = cursor(session).execute
    if run(WORKED_ON).fetchone() != (False,):
        return 0
    duty = rules_on(today)
    asked: dict[str, Any] = {"on": today, "seed": seed, "client": CLIENT, "user": USER, "justified_days": case_rules(today).justified_days}
    asked |= {"start_years": duty.start_years, "start_month": duty.start_month, "start_day": duty.start_day}
    asked |= {"measures": [row["code"] for row in codes.rows("case_measures")], **_statuses(today)}
    done = change(session, "status", STATUSES, CHANGED, asked, Told(today, CLIENT, USER, "Izdomāts statuss"))
    run(GIVEN_THEN)
    run(MEASURES, asked)
    lapse(session, today)
    escalate(session, today)
    return done


def shares() -> dict[str, float]:
    """How many cases of one have each status, by the newest number that was published of it."""
    numbers = {row["code"]: next((float(row[year]) for year in YEARS if row[year]), 0.0) for row in codes.rows("nonstudying_child_status")}
    unknown = sum(numbers.get(code, 0.0) for code in NO_INFORMATION)
    numbers |= {code: unknown * part for code, part in NO_INFORMATION.items()}
    total = sum(numbers.values())
    return {code: number / total for code, number in numbers.items() if number}


def _statuses(today: date) -> dict[str, list[Any]]:
    """The statuses as columns: which part of the cases has each, how old it can be, until when it can stand."""
    rules, classes = case_rules(today), status_classes()
    kept: dict[str, list[Any]] = {name: [] for name in ("statuses", "meanings", "above", "upto", "oldest", "latest")}
    above = 0.0
    for status, share in shares().items():
        if status != NO_STATUS:
            latest = last_justified_day(status, today, rules)
            # Whoever was to start this school year would have been asked again since.
            newest = {CLARIFYING: OLDEST_CLARIFYING, NEXT_YEAR: min(OLDEST, max(0, 365 - (latest - today).days - 1))}
            row = (status, classes[status], above, above + share, newest.get(status, OLDEST), latest)
            for column, value in zip(kept.values(), row, strict=True):
                column.append(value)
        above += share
    return kept

"""What copies hold (kopiju saturs): of each kind of entry, its values in the order of the message, and which municipalities may have it.

An entry belongs to the municipality of its institution (a closed one stays where it last was) and, unless the person is restricted, to the
municipality of the declared residence on the day. A row that was recorded in error (DUB) is nobody's. Where no municipality is known the
entry stands under the empty code, for those alone who may hold everything. Institutions and programmes are for everybody.

Each text is a series of common table expressions behind `touched (entry_id)` and `day (today)`; the last one is `entry (entry_id, version,
person_id, institution, content, health, hash, full_hash, holders)`.
"""

from core.reading import successors

PUBLIC, NOWHERE = "{public}", '{""}'
TODAY = "(SELECT today FROM day)"

PERSON_VALUES = """CASE WHEN i.scheme = 'personal_code' THEN coalesce(code.value, i.value) ELSE code.value END,
        CASE WHEN i.scheme = 'institution' AND code.value IS NULL THEN i.issuer END,
        CASE WHEN i.scheme = 'institution' AND code.value IS NULL THEN i.value END,
        p.given_name, p.surname, p.born_on::text"""
PERIOD = "lower(a.valid)::text, (upper(a.valid) - 1)::text"


def _of_people(entity: str, table: str, values: str, health: str | None = None, condition: str = "true") -> str:
    """Entries about people: rows that are current, hanging on an identity."""
    full = f"entry_hash('{entity}', r.entry_id, r.content || r.health)" if health else "NULL::bigint"
    return f"""
raw AS MATERIALIZED (
    SELECT a.entry_id, a.id AS version, i.person_id, a.institution, coalesce(p.restricted, false) AS restricted,
        ARRAY[{PERSON_VALUES}, a.institution, {values}]::text[] AS content,
        {f"ARRAY[{health}]" if health else "NULL"}::text[] AS health
    FROM touched t
    JOIN {table} a ON a.entry_id = t.entry_id AND upper_inf(a.recorded)
    JOIN identity i ON i.id = a.identity_id
    LEFT JOIN identity code ON code.person_id = i.person_id AND code.scheme = 'personal_code' AND code.current
    LEFT JOIN person_profile p ON p.person_id = i.person_id AND upper_inf(p.recorded)
    WHERE {condition}),
place AS MATERIALIZED (
    SELECT n.institution, {successors("ip.municipality", TODAY)} AS municipality
    FROM (SELECT DISTINCT institution FROM raw) n CROSS JOIN LATERAL ({profile("n.institution")}) ip),
entry AS MATERIALIZED (
    SELECT r.entry_id, r.version, r.person_id, r.institution, r.content, r.health, entry_hash('{entity}', r.entry_id, r.content) AS hash,
        {full} AS full_hash,
        (SELECT coalesce(array_agg(DISTINCT m), '{NOWHERE}') FROM unnest(home.municipalities || place.municipality) m
         WHERE m IS NOT NULL) AS holders
    FROM raw r LEFT JOIN place ON place.institution = r.institution
    LEFT JOIN LATERAL (
        SELECT array_agg({successors("re.municipality", TODAY)}) AS municipalities FROM residence re
        WHERE re.person_id = r.person_id AND re.kind = 'declared' AND upper_inf(re.recorded) AND re.valid @> {TODAY}
        AND NOT r.restricted) home ON true)"""


def profile(institution: str) -> str:
    """What an institution is on the day, or was last."""
    return f"""SELECT * FROM institution_profile o WHERE o.institution = {institution} AND upper_inf(o.recorded)
        AND coalesce(lower(o.valid), '-infinity') <= {TODAY} ORDER BY o.valid DESC LIMIT 1"""


def _public(entity: str, source: str, version: str, institution: str, values: str) -> str:
    """Entries that everybody may hold."""
    return f"""
raw AS (SELECT t.entry_id, {version} AS version, {institution} AS institution, ARRAY[{values}]::text[] AS content FROM touched t {source}),
entry AS MATERIALIZED (
    SELECT entry_id, version, NULL::bigint AS person_id, institution, content, NULL::text[] AS health,
        entry_hash('{entity}', entry_id, content) AS hash, NULL::bigint AS full_hash, '{PUBLIC}'::text[] AS holders
    FROM raw)"""


AFFILIATION = _of_people(
    "affiliation",
    "affiliation",
    f"a.main::text, a.class_level, a.class_group, a.study_form, a.language, a.status, {PERIOD}, a.start_order, a.end_order",
    health="a.programme, a.end_reason",
    condition="a.status <> 'DUB'",
)
TEACHING_POST = _of_people("teachingPost", "teaching_post", f"a.post, a.load::text, {PERIOD}")
EDUCATION_DOCUMENT = _of_people(
    "educationDocument", "education_document", "a.document_type, a.series, a.number, a.issued_on::text, a.status", health="a.programme"
)
INSTITUTION = _public(
    "institution",
    f"""JOIN institution n ON n.registration_number = lpad(t.entry_id::text, 10, '0')
    CROSS JOIN LATERAL ({profile("n.registration_number")}) ip""",
    "ip.id",
    "n.registration_number",
    f"""n.registration_number, ip.name, ip.type_code, ip.kind_code, ip.subordination_code, ip.legal_status_code,
    {successors("ip.municipality", TODAY)}, ip.address, ip.postcode, ip.opened_on::text, ip.closed_on::text""",
)
# The place of the municipality among an institution's values, counted from 1.
INSTITUTION_MUNICIPALITY = 7
PROGRAMME = _public(
    "programme",
    "JOIN programme_profile a ON a.entry_id = t.entry_id AND upper_inf(a.recorded)",
    "a.id",
    "a.institution",
    f"a.institution, a.code, a.name, a.lki_level, {PERIOD}",
)

# Institutions and programmes come first, so that who reads from nothing knows them before people refer to them.
WANTED = {
    "institution": INSTITUTION,
    "programme": PROGRAMME,
    "affiliation": AFFILIATION,
    "teachingPost": TEACHING_POST,
    "educationDocument": EDUCATION_DOCUMENT,
}
# Where the entries of each kind are to be found.
TABLES = {"affiliation": "affiliation", "teachingPost": "teaching_post", "educationDocument": "education_document"}
EVERY_ENTRY = {
    "institution": "SELECT registration_number::bigint AS entry_id FROM institution",
    "programme": "SELECT entry_id FROM programme_profile WHERE upper_inf(recorded)",
    **{entity: f"SELECT entry_id FROM {table} WHERE upper_inf(recorded)" for entity, table in TABLES.items()},
}


def entries_of(people: str) -> str:
    """The entries of people: `people` is what their number is compared with."""
    return " UNION ALL ".join(
        f"SELECT '{entity}' AS entity, a.entry_id FROM identity i JOIN {table} a ON a.identity_id = i.id AND upper_inf(a.recorded) "
        f"WHERE i.person_id {people}"
        for entity, table in TABLES.items()
    )


def institutions_of(people: str) -> str:
    """The institutions in which people have entries: `people` is what their number is compared with."""
    return " UNION ALL ".join(
        f"SELECT a.institution FROM identity i JOIN {table} a ON a.identity_id = i.id AND upper_inf(a.recorded) WHERE i.person_id {people}"
        for table in TABLES.values()
    )

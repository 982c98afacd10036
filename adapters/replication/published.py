"""What leaves the register (publicētie dati), and what never does: every table and every column of the model stands here once.

A reader of a replica needs what answers are made of. Who sent a row and by which key, where exactly somebody lives, who may ask, who
was told, what was submitted and refused stay on the register. A test fails when the model has a table or a column that is not listed.
"""

from collections.abc import Mapping

# Table → the columns that are published, the primary key first.
PUBLISHED: Mapping[str, tuple[str, ...]] = {
    "affiliation": (
        *("id", "entry_id", "identity_id", "institution", "programme", "main", "class_level", "class_group", "study_form", "language"),
        *("status", "start_order", "end_order", "end_reason", "valid", "recorded"),
    ),
    "appeal": ("id", "decision_id", "lodged_on", "lodged_at", "outcome", "decided_on", "decided_at"),
    "checkpoint": ("audience", "entity", "position", "rows", "hash", "full_hash"),
    "code_list": ("name", "version", "title_lv", "title_en", "valid"),
    "code_value": ("list", "version", "position", "code", "name_lv", "name_en", "source", "valid", "attributes"),
    "decision": (
        *("id", "recognition_id", "authority", "number", "outcome", "status", "decided_on", "valid_from", "valid_to", "start_by"),
        *("supersedes", "confirmed_at", "rejected_at", "published_at", "revoked_at"),
    ),
    "education_document": (
        *("id", "entry_id", "identity_id", "institution", "document_type", "series", "number", "issued_on", "status", "programme"),
        *("recorded", "marks", "replaces_series", "replaces_number"),
    ),
    "exam_candidate": ("id", "entry_id", "examination_id", "identity_id", "institution", "state", "match", "recorded"),
    "exam_result": (
        *(
            "id",
            "entry_id",
            "examination_id",
            "identity_id",
            "candidate_entry",
            "institution",
            "outcome",
            "scale",
            "value",
            "cefr",
            "parts",
        ),
        *("certificate", "threshold", "passed", "version", "reason", "recorded"),
    ),
    "examination": ("id", "code", "kind", "subject", "level", "school_year", "session", "held_on", "publish_at", "published_at"),
    "feed_event": (
        *("position", "audience", "institution", "entity", "entry_id", "version", "person_id", "kind", "changed_at", "holders"),
        *("foremost", "held_before", "hash", "full_hash", "before_hash", "before_full_hash", "content", "health"),
    ),
    "feed_state": ("id", "head", "floor", "generation", "swept_on", "complete"),
    "guardianship": ("id", "child_id", "guardian_id", "care_institution", "kind", "valid", "recorded"),
    "heartbeat": ("id", "at"),
    "identity": ("id", "person_id", "scheme", "issuer", "value", "current", "created_at"),
    "identity_move": ("id", "identity_id", "from_person_id", "to_person_id", "moved_at"),
    "identity_past": ("id", "identity_id", "person_id", "current", "recorded"),
    "institution": ("registration_number",),
    "institution_profile": (
        *("id", "institution", "name", "type_code", "kind_code", "subordination_code", "legal_status_code", "municipality", "address"),
        *("postcode", "opened_on", "closed_on", "valid", "recorded"),
    ),
    "institution_succession": ("id", "predecessor", "successor", "kind", "since", "recorded"),
    "municipality": ("code", "name_lv", "name_en", "iso_code", "kind", "valid"),
    "municipality_succession": ("predecessor", "successor", "since"),
    "person": ("id", "created_at"),
    "person_profile": ("id", "person_id", "given_name", "surname", "born_on", "died_on", "status", "restricted", "recorded"),
    "programme": ("institution", "code"),
    "programme_profile": ("id", "entry_id", "institution", "code", "name", "lki_level", "valid", "recorded"),
    "recognition": ("id", "kind", "institution", "programme"),
    "recognition_period": ("id", "recognition_id", "decision_id", "status", "start_by", "started", "valid", "recorded"),
    "residence": ("id", "person_id", "kind", "municipality", "valid", "recorded"),
    "teaching_post": ("id", "entry_id", "identity_id", "institution", "post", "load", "valid", "recorded"),
    "territory": ("name", "municipality", "valid"),
}

# Columns of these tables that stay on the register; a replica has them without values.
WITHHELD: Mapping[str, tuple[str, ...]] = {
    "affiliation": ("sender", "sender_key", "author"),
    "appeal": ("reason", "client", "user_id", "outcome_reason", "outcome_client", "outcome_user"),
    "decision": (*("proceeding_id", "reason", "proposed_at", "proposed_client", "proposed_user", "confirmed_client", "confirmed_user"),),
    "education_document": ("sender", "sender_key", "author", "withdrawn_by"),
    "exam_candidate": (*("named_scheme", "named_issuer", "named_value", "given_name", "surname", "birth_date", "sender", "sender_key"),),
    "exam_result": ("sender", "sender_key"),
    "examination": ("sender",),
    "identity_move": ("merge_id", "was_current", "reason", "client", "user_id"),
    "person_profile": ("source",),
    "residence": ("address",),
    "teaching_post": ("sender", "sender_key", "author", "withdrawn_by"),
}

# Columns that a replica computes by itself, as the register does.
COMPUTED: Mapping[str, tuple[str, ...]] = {"institution_profile": ("name_key",), "person_profile": ("sort_key",)}

# Tables that stay on the register; a replica has them without rows.
NOT_PUBLISHED: tuple[str, ...] = (
    "access_change",
    *("absence_report", "access_grant", "applicant", "awaited", "carried_row", "case_deadline", "case_event", "case_version", "change"),
    *("call_hour", "call_writer", "service_call", "indicator_figure", "indicator_month", "indicator_reason", "indicator_year"),
    *(
        "change_source",
        "child_case",
        "decision_flag",
        "disclosure",
        "disclosure_chain",
        "disclosure_checkpoint",
        "disclosure_seal",
        "exemption",
        "expert",
        "held_result",
        "holding",
        "import_refusal",
        "import_run",
    ),
    *("last_change", "list_page", "municipal_feed", "outbox_message", "person_change", "person_merge", "proceeding", "proceeding_event"),
    *("proceeding_version", "recall", "recall_recipient", "reconciliation", "refresh_run", "submission", "submission_refusal"),
)

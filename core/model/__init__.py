"""Mapped classes, one file a concern. Importing this package gives the whole model to migrations and tests."""

from core.model.access import AccessChange, AccessGrant
from core.model.achievements import Applicant, OutboxMessage, Recall, RecallRecipient
from core.model.affiliations import Affiliation
from core.model.calls import CallHour, CallWriter, ServiceCall
from core.model.cases import AbsenceReport, CaseDeadline, CaseEvent, CaseVersion, ChildCase, Exemption, RefreshRun
from core.model.changes import Change, Checkpoint, FeedEvent, FeedState, Heartbeat, Holding, MunicipalFeed
from core.model.codes import CodeList, CodeValue
from core.model.disclosures import DisclosureChain, DisclosureCheckpoint, DisclosureRow, DisclosureSeal
from core.model.documents import EducationDocument
from core.model.examinations import ExamCandidate, Examination, ExamResult, HeldResult
from core.model.imports import ImportRefusal, ImportRun
from core.model.indicators import IndicatorFigure, IndicatorMonth, IndicatorReason, IndicatorYear
from core.model.institutions import Institution, InstitutionProfile, InstitutionSuccession
from core.model.people import (
    CarriedRow,
    Guardianship,
    Identity,
    IdentityMove,
    IdentityPast,
    Person,
    PersonMerge,
    PersonProfile,
    Residence,
)
from core.model.person_changes import ChangeSource, LastChange, ListPage, PersonChange, Reconciliation
from core.model.proceedings import Awaited, Expert, Proceeding, ProceedingEvent, ProceedingVersion
from core.model.programmes import Programme, ProgrammeProfile
from core.model.recognition import Appeal, Decision, DecisionFlag, Recognition, RecognitionPeriod
from core.model.submissions import Submission, SubmissionRefusal
from core.model.table import Table
from core.model.teaching_posts import TeachingPost
from core.model.territory import Municipality, MunicipalitySuccession, Territory

__all__ = [
    "AbsenceReport",
    "AccessChange",
    "AccessGrant",
    "Affiliation",
    "Appeal",
    "Applicant",
    "Awaited",
    "CallHour",
    "CallWriter",
    "CarriedRow",
    "CaseDeadline",
    "CaseEvent",
    "CaseVersion",
    "Change",
    "ChangeSource",
    "Checkpoint",
    "ChildCase",
    "CodeList",
    "CodeValue",
    "Decision",
    "DecisionFlag",
    "DisclosureChain",
    "DisclosureCheckpoint",
    "DisclosureRow",
    "DisclosureSeal",
    "EducationDocument",
    "ExamCandidate",
    "ExamResult",
    "Examination",
    "Exemption",
    "Expert",
    "FeedEvent",
    "FeedState",
    "Guardianship",
    "Heartbeat",
    "HeldResult",
    "Holding",
    "Identity",
    "IdentityMove",
    "IdentityPast",
    "ImportRefusal",
    "ImportRun",
    "IndicatorFigure",
    "IndicatorMonth",
    "IndicatorReason",
    "IndicatorYear",
    "Institution",
    "InstitutionProfile",
    "InstitutionSuccession",
    "LastChange",
    "ListPage",
    "MunicipalFeed",
    "Municipality",
    "MunicipalitySuccession",
    "OutboxMessage",
    "Person",
    "PersonChange",
    "PersonMerge",
    "PersonProfile",
    "Proceeding",
    "ProceedingEvent",
    "ProceedingVersion",
    "Programme",
    "ProgrammeProfile",
    "Recall",
    "RecallRecipient",
    "Recognition",
    "RecognitionPeriod",
    "Reconciliation",
    "RefreshRun",
    "Residence",
    "ServiceCall",
    "Submission",
    "SubmissionRefusal",
    "Table",
    "TeachingPost",
    "Territory",
]

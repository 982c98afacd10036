"""Mapped classes, one file a concern. Importing this package gives the whole model to migrations and tests."""

from core.model.access import AccessGrant
from core.model.affiliations import Affiliation
from core.model.codes import CodeList, CodeValue
from core.model.disclosures import DisclosureRow
from core.model.imports import ImportRefusal, ImportRun
from core.model.institutions import Institution, InstitutionProfile, InstitutionSuccession
from core.model.people import Guardianship, Identity, IdentityMove, Person, PersonProfile, Residence
from core.model.programmes import Programme
from core.model.table import Table
from core.model.teaching_posts import TeachingPost
from core.model.territory import Municipality, MunicipalitySuccession, Territory

__all__ = [
    "AccessGrant",
    "Affiliation",
    "CodeList",
    "CodeValue",
    "DisclosureRow",
    "Guardianship",
    "Identity",
    "IdentityMove",
    "ImportRefusal",
    "ImportRun",
    "Institution",
    "InstitutionProfile",
    "InstitutionSuccession",
    "Municipality",
    "MunicipalitySuccession",
    "Person",
    "PersonProfile",
    "Programme",
    "Residence",
    "Table",
    "TeachingPost",
    "Territory",
]

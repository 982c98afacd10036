"""Stock spyne: Soap11 in and out, objects mapped from the rows, as its manual shows it."""

from collections.abc import Callable, Sequence
from typing import Any

from spyne import Array, Boolean, ComplexModel, Unicode
from spyne.protocol.soap import Soap11

from adapters.spyne_shim import Application, Service, WsgiApplication, rpc

NAMESPACE = "http://viis.gov.lv/xroad/education-process/v1"


class Model(ComplexModel):
    """What the models share."""

    __abstract__ = True
    __namespace__ = NAMESPACE


class Identifier(Model):
    institution = Unicode
    value = Unicode


class Affiliation(Model):
    institution = Unicode
    institutionName = Unicode
    programme = Unicode
    programmeName = Unicode
    main = Boolean
    classLevel = Unicode
    classGroup = Unicode
    studyForm = Unicode
    language = Unicode
    status = Unicode
    startedOn = Unicode
    endedOn = Unicode
    startOrder = Unicode
    endOrder = Unicode
    endReason = Unicode
    programmeLicensed = Boolean
    programmeAccredited = Boolean


class TeachingPost(Model):
    institution = Unicode
    institutionName = Unicode
    post = Unicode
    load = Unicode
    startedOn = Unicode
    endedOn = Unicode


class Person(Model):
    personalCode = Unicode
    formerPersonalCodes = Array(Unicode)
    identifiers = Array(Identifier)
    givenName = Unicode
    surname = Unicode
    birthDate = Unicode
    status = Unicode
    municipality = Unicode
    affiliations = Array(Affiliation)
    teachingPosts = Array(TeachingPost)


class PersonEducation(Model):
    dataAsOf = Unicode
    found = Boolean
    person = Person


class Learner(Model):
    personalCode = Unicode
    identifier = Identifier
    givenName = Unicode
    surname = Unicode
    birthDate = Unicode
    institution = Unicode
    programme = Unicode
    main = Boolean
    classLevel = Unicode
    classGroup = Unicode
    studyForm = Unicode
    language = Unicode
    status = Unicode
    startedOn = Unicode
    endedOn = Unicode


class Page(Model):
    dataAsOf = Unicode
    affiliations = Array(Learner)
    nextCursor = Unicode


def mapped(model: type[Any], row: Sequence[Any]) -> Any:
    """One row as an object of a model."""
    return model(**dict(zip(model._type_info, row, strict=True)))


def person_of(row: Sequence[Any]) -> PersonEducation:
    """The answer to getPersonEducation as objects."""
    instant, found, values = row
    person = mapped(Person, values)
    person.identifiers = [mapped(Identifier, entry) for entry in values[2]]
    person.affiliations = [mapped(Affiliation, entry) for entry in values[8]]
    person.teachingPosts = [mapped(TeachingPost, entry) for entry in values[9]]
    return PersonEducation(dataAsOf=instant, found=found, person=person)


def page_of(row: Sequence[Any]) -> Page:
    """The answer to listAffiliations as objects."""
    instant, learners, cursor = row
    objects = [mapped(Learner, entry) for entry in learners]
    for learner in objects:
        if learner.identifier is not None:
            learner.identifier = mapped(Identifier, learner.identifier)
    return Page(dataAsOf=instant, affiliations=objects, nextCursor=cursor)


def stock_app(read: Callable[[str, str], Sequence[Any]]) -> WsgiApplication:
    """The same two operations with nothing but spyne; `read` gives the rows."""

    class EducationProcess(Service):  # type: ignore[misc]
        @rpc(Unicode, _returns=PersonEducation)
        def getPersonEducation(ctx, personalCode):  # type: ignore[no-untyped-def]
            return person_of(read("getPersonEducation", personalCode))

        @rpc(Unicode, _returns=Page)
        def listAffiliations(ctx, institution):  # type: ignore[no-untyped-def]
            return page_of(read("listAffiliations", institution))

    return WsgiApplication(
        Application([EducationProcess], tns=NAMESPACE, in_protocol=Soap11(validator="lxml"), out_protocol=Soap11()),
        max_content_length=10 * 1024 * 1024,
    )

"""The client of the population register against the stand-in: real HTTP, a process of its own, everything that can go wrong."""

import re
import uuid
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest
import requests
import stamina

from adapters.population_register import errors
from adapters.population_register.client import PopulationRegister
from adapters.xroad_answer import HashPolicy
from core.people import ChildPage, CursorForgotten, GuardianRecord, SourceFailed
from tests.population_register import BORN, HASTY, StandIn, child, children, process, stand_in

__all__ = ["process", "stand_in"]


@pytest.fixture(autouse=True)
def quiet_retries() -> Iterator[None]:
    stamina.instrumentation.set_on_retry_hooks([])
    yield
    stamina.instrumentation.set_on_retry_hooks(None)


def pages(client: PopulationRegister, cursor: str | None = None) -> list[ChildPage]:
    with closing(client):
        return list(client.pages(*BORN, cursor))


def recorded(client: PopulationRegister) -> list[requests.Response]:
    """Every answer from now on, with the request that it answers."""
    answers: list[requests.Response] = []
    post = client._transport.post

    def keep(*arguments: Any) -> requests.Response:
        answers.append(post(*arguments))
        return answers[-1]

    client._transport.post = keep  # type: ignore[method-assign]
    return answers


def test_a_child_arrives_with_everything_that_the_contract_says(stand_in: StandIn) -> None:
    stand_in.tells(child(given_name="Ķērsta & <Anna>", surname="Žagare", former_codes=["14051970017"], status="emigrated", restricted=True))
    [page] = pages(stand_in.client())
    [arrived] = page.children
    names, residence = ("Ķērsta & <Anna>", "Žagare"), ("0001000", "Brīvības iela 1 - 2", "2019-05-14")
    assert arrived[1:10] == (*names, "2019-05-14", None, "emigrated", True, *residence)
    assert arrived.former_codes == ("14051970017",)
    assert arrived.guardians == (GuardianRecord("parent", child()["guardians"][0]["code"], None, "2019-05-14"),)
    assert (page.total, page.next_cursor) == (1, None)
    assert page.as_of is not None
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}Z", page.as_of)


def test_pages_hold_everybody_once_and_in_order(stand_in: StandIn) -> None:
    everybody = children(23) + children(4, "2020-01-31")
    stand_in.tells(*everybody)
    read = pages(stand_in.client(page_size=10))
    assert [len(page.children) for page in read] == [10, 10, 7]
    assert [entry.personal_code for page in read for entry in page.children] == [person["code"] for person in everybody]
    assert {page.total for page in read} == {27}


def test_nobody_born_in_the_interval_is_one_empty_page(stand_in: StandIn) -> None:
    stand_in.tells(child("2010-01-01"))
    assert [page.children for page in pages(stand_in.client())] == [[]]


def test_every_message_that_leaves_has_an_id_of_its_own_also_when_a_page_is_asked_for_again(stand_in: StandIn) -> None:
    stand_in.tells(*children(15))
    stand_in.misbehaves("fault", on_page=2, times=2)
    client = stand_in.client(page_size=10)
    answers = recorded(client)
    pages(client)
    ids = [re.search(rb":id(?: [^>]*)?>([^<]+)</", answer.request.body)[1].decode() for answer in answers]
    assert len(ids) == 4
    assert len(set(ids)) == 4
    assert all(str(uuid.UUID(one)) == one for one in ids)


def test_a_message_is_posted_as_a_security_server_wants_it(stand_in: StandIn) -> None:
    client = stand_in.client()
    answers = recorded(client)
    pages(client)
    [request] = [answer.request for answer in answers]
    assert request.method == "POST"
    assert request.headers["Content-Type"].lower() == "text/xml; charset=utf-8"
    assert request.headers["SOAPAction"] == '""'
    assert b"requestHash" not in request.body
    assert b"4.0</" in request.body


PASSING = [
    ("fault", {"code": "Server.ServerProxy.ServiceFailed.IOError"}, errors.ServerFault),
    ("fault", {"code": "server.serverproxy.service_failed.io_error", "status": 500}, errors.ServerFault),
    ("fault", {"code": "soap broke: no name at all", "status": 500}, errors.ServerFault),
    ("fault", {"code": "undeclared:Server.X"}, errors.ServerFault),
    ("html", {"status": 503}, errors.GatewayFailed),
    ("empty", {"status": 502}, errors.GatewayFailed),
    ("truncate", {}, errors.CutShort),
    ("drop", {}, errors.CutShort),
]
LASTING = [
    ("fault", {"code": "Client.InvalidBody"}, errors.OurFault),
    ("fault", {"code": "client.invalid_body", "status": 500}, errors.OurFault),
    ("fault", {"code": "Server.ServerProxy.AccessDenied"}, errors.NotAllowed),
    ("fault", {"code": "server.serverproxy.access_denied"}, errors.NotAllowed),
    ("refusal", {}, errors.Refused),
    ("html", {}, errors.NotSoap),
    ("empty", {}, errors.NotSoap),
    ("content_type", {}, errors.NotSoap),
    ("charset", {}, errors.NotWellFormed),
    ("dtd", {}, errors.ForbiddenDoctype),
    ("wrapper", {}, errors.AnotherAnswer),
    ("hash", {}, errors.AnotherAnswer),
    ("hash", {"what": "missing"}, errors.AnotherAnswer),
    ("header", {"field": "id"}, errors.AnotherAnswer),
    ("header", {"field": "id", "what": "missing"}, errors.AnotherAnswer),
    ("header", {"field": "client"}, errors.AnotherAnswer),
    ("header", {"field": "service"}, errors.AnotherAnswer),
    ("header", {"field": "protocolVersion"}, errors.AnotherAnswer),
]


def name(case: tuple[str, dict[str, Any], type[SourceFailed]]) -> str:
    return "-".join([case[0], *map(str, case[1].values())])


@pytest.mark.parametrize("case", PASSING, ids=name)
def test_what_fails_in_passing_is_asked_again(stand_in: StandIn, case: tuple[str, dict[str, Any], type[SourceFailed]]) -> None:
    how, wish, _ = case
    stand_in.tells(*children(25))
    stand_in.misbehaves(how, on_page=2, times=2, **wish)
    assert [len(page.children) for page in pages(stand_in.client())] == [10, 10, 5]


@pytest.mark.parametrize("case", PASSING, ids=name)
def test_what_does_not_pass_ends_with_its_own_error(stand_in: StandIn, case: tuple[str, dict[str, Any], type[SourceFailed]]) -> None:
    how, wish, error = case
    stand_in.tells(*children(25))
    stand_in.misbehaves(how, on_page=1, times=3, **wish)
    with pytest.raises(error):
        pages(stand_in.client())


@pytest.mark.parametrize("case", LASTING, ids=name)
def test_what_asking_again_cannot_mend_is_not_asked_again(stand_in: StandIn, case: tuple[str, dict[str, Any], type[SourceFailed]]) -> None:
    how, wish, error = case
    stand_in.tells(*children(25, "2019-05-14"))
    stand_in.misbehaves(how, times=1, **wish)
    client = stand_in.client()
    answers = recorded(client)
    with pytest.raises(error) as caught:
        pages(client)
    assert len(answers) == 1
    assert child()["code"] not in str(caught.value)


def test_a_slow_answer_is_given_up_and_asked_for_again(stand_in: StandIn) -> None:
    stand_in.tells(child())
    stand_in.misbehaves("slow", seconds=1.5)
    assert len(pages(stand_in.client(patience=HASTY._replace(read=0.3)))) == 1
    stand_in.misbehaves("slow", seconds=1.0, times=3)
    with pytest.raises(errors.TooSlow):
        pages(stand_in.client(patience=HASTY._replace(read=0.3)))


def test_nobody_listening_is_one_sentence(stand_in: StandIn) -> None:
    with pytest.raises(errors.Unreachable, match="cannot be reached"):
        pages(PopulationRegister("http://127.0.0.1:1/", "LV-DEV/GOV/IZM/viis", patience=HASTY))


def test_an_answer_without_request_hash_passes_unless_it_is_required(stand_in: StandIn) -> None:
    stand_in.tells(child())
    for policy in (HashPolicy.IF_PRESENT, HashPolicy.OFF):
        stand_in.misbehaves("hash", what="missing")
        assert len(pages(stand_in.client(request_hash=policy))) == 1
    stand_in.misbehaves("hash")
    assert len(pages(stand_in.client(request_hash=HashPolicy.OFF))) == 1


def test_a_list_that_would_never_end_is_noticed(stand_in: StandIn) -> None:
    stand_in.tells(*children(25))
    stand_in.misbehaves("same_cursor", on_page=2)
    with pytest.raises(errors.ContractBroken):
        pages(stand_in.client())


def test_a_cursor_that_the_register_does_not_know_is_told_apart(stand_in: StandIn) -> None:
    with pytest.raises(CursorForgotten):
        pages(stand_in.client(), "made-up")


def test_a_fault_gives_the_number_for_the_administrator_and_nothing_of_the_message(stand_in: StandIn) -> None:
    stand_in.misbehaves("fault", code="Server.ServerProxy.AccessDenied")
    with pytest.raises(errors.NotAllowed, match=r"Server\.ServerProxy\.AccessDenied.*[0-9a-f-]{36}"):
        pages(stand_in.client())


def test_a_bad_child_is_still_a_record_and_its_neighbours_arrive(stand_in: StandIn) -> None:
    stand_in.tells(*children(3))
    stand_in.misbehaves("child", what="name")
    [page] = pages(stand_in.client())
    assert [entry.surname for entry in page.children] == [None, "Bērziņa", "Bērziņa"]


def test_a_person_who_joins_while_the_list_is_read_moves_nobody_else(stand_in: StandIn) -> None:
    everybody = children(20)
    stand_in.tells(*everybody)
    client = stand_in.client(page_size=10)
    with closing(client):
        read = client.pages(*BORN, None)
        first = next(read)
        stand_in.tells(child("2019-05-01"), *everybody)
        rest = [entry.personal_code for page in read for entry in page.children]
    assert [entry.personal_code for entry in first.children] + rest == [person["code"] for person in everybody]


def test_no_contract_but_the_shipped_one_is_opened(stand_in: StandIn) -> None:
    client = stand_in.client()
    with closing(client):
        for url in ("http://127.0.0.1:1/x.wsdl", "https://x-road.eu/xsd/xroad.xsd", "/etc/hostname", "file:///etc/hostname"):
            with pytest.raises(ValueError, match="Only the contract"):
                client._transport.load(url)

"""What HTTP does to a message before it is one (stack.md, P12 to P19, P30), seen on the real server."""

import gzip
import socket

import pytest

from adapters import guard
from adapters.web.example import envelope
from tests.serving import TEXT_XML, Served

LIST_CODES = envelope("education-process", "listCodes", "<e:list>class_levels</e:list>")


def test_a_request_in_chunks_without_length_and_with_an_empty_soap_action_is_answered(served: Served):
    reply = served.chunked(LIST_CODES)
    assert reply.status == 200
    assert reply.text("name") == "class_levels"


@pytest.mark.parametrize("size", [1, 7, 4096], ids=["one byte", "seven bytes", "the whole"])
def test_where_chunks_end_changes_nothing(served: Served, size: int):
    assert served.chunked(LIST_CODES, size).text("list") == "class_levels"


@pytest.mark.parametrize("action", ["", '""', '"getPersonEducation"', "urn:anything"])
def test_the_soap_action_never_decides_what_is_meant(served: Served, action: str):
    reply = served.post(LIST_CODES, SOAPAction=action)
    assert (reply.status, reply.text("list")) == (200, "class_levels")


def test_an_answer_is_labelled_utf_8_and_not_compressed(served: Served):
    reply = served.post(LIST_CODES, Accept_Encoding="gzip, deflate")
    assert reply.headers["content-type"] == TEXT_XML
    assert "content-encoding" not in reply.headers
    assert reply.headers["content-length"] == str(len(reply.body))


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "OPTIONS", "PATCH"])
def test_a_method_other_than_post_is_not_allowed(served: Served, method: str):
    reply = served.request(method, served.path)
    assert (reply.status, reply.headers["allow"]) == (405, "GET, HEAD, POST")


@pytest.mark.parametrize("path", ["/soap/no-such-service", "/soap/", "/soap/education-process/more"])
def test_a_message_to_an_address_without_a_service_is_answered_by_a_fault(served: Served, path: str):
    reply = served.post(LIST_CODES, path)
    assert (reply.status, reply.headers["content-type"]) == (500, TEXT_XML)
    assert reply.text("code") == "F-0309"


def test_a_forged_host_does_not_get_into_the_contract(served: Served):
    forged = served.request("GET", f"{served.path}?wsdl", Host="evil.example", X_Forwarded_Host="evil.example")
    again = served.request("GET", f"{served.path}?wsdl")
    assert forged.body == again.body
    assert b"evil.example" not in forged.body
    address = forged.root.find(".//{http://schemas.xmlsoap.org/wsdl/soap/}address")
    assert address is not None
    assert address.get("location") == "https://viis.example/xroad/soap/education-process"


def test_the_connection_ends_after_a_contract_for_clients_that_wait_for_that(served: Served):
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
        line.sendall(f"GET {served.path}?wsdl HTTP/1.1\r\nHost: viis\r\n\r\n".encode())
        answer = b"".join(iter(lambda: line.recv(65536), b""))
    head, _, body = answer.partition(b"\r\n\r\n")
    assert head.startswith(b"HTTP/1.1 200 OK\r\n")
    assert b"\r\nConnection: close" in head
    assert body.rstrip().endswith(b"definitions>")


@pytest.mark.parametrize("query", ["wsdl", "WSDL", "wsdl=1"])
def test_the_contract_is_found_as_client_tools_ask_for_it(served: Served, query: str):
    reply = served.request("GET", f"{served.path}?{query}")
    assert (reply.status, reply.headers["content-type"]) == (200, TEXT_XML)


def test_a_compressed_body_is_refused_unread(served: Served):
    reply = served.post(gzip.compress(LIST_CODES.encode()), Content_Encoding="gzip")
    assert (reply.status, reply.text("code")) == (500, "F-0102")


@pytest.mark.parametrize("kind", ["application/soap+xml", "application/json", ""])
def test_another_content_type_is_refused_with_a_fault(served: Served, kind: str):
    reply = served.post(LIST_CODES, Content_Type=kind)
    assert (reply.status, reply.text("code")) == (500, "F-0103")


def test_a_message_over_the_limit_is_refused_with_a_fault_that_its_sender_can_read(served: Served):
    too_long = LIST_CODES.replace("<e:list>", f"<!--{'x' * (2 * guard.MAX_BYTES)}--><e:list>")
    for reply in (served.post(too_long), served.chunked(too_long, 65536)):
        assert (reply.status, reply.text("code")) == (500, "F-0101")
    assert served.post(LIST_CODES).status == 200


def test_one_connection_carries_several_messages(served: Served):
    body = LIST_CODES.encode()
    message = f"POST {served.path} HTTP/1.1\r\nHost: viis\r\nContent-Type: {TEXT_XML}\r\nContent-Length: {len(body)}\r\n".encode()
    with socket.create_connection(("127.0.0.1", served.port), timeout=10) as line:
        line.sendall(message + b"\r\n" + body + message + b"Connection: close\r\n\r\n" + body)
        answers = b"".join(iter(lambda: line.recv(65536), b""))
    assert answers.count(b"HTTP/1.1 200 OK") == 2


def test_what_is_refused_leaves_nothing_of_its_content_in_the_log(served: Served):
    served.call("getPersonEducation", "<e:personalCode>2912201700O</e:personalCode>")
    served.call("getPersonEducation", "<e:personalCode>29122017005</e:personalCode>")
    log = served.log.read_text()
    assert "2912201700" not in log
    assert "Traceback" not in log


@pytest.mark.parametrize("part", ["<id:subsystemCode>viis", "<id:memberCode>IZM</id:memberCode><id:subsystemCode>viis"])
def test_a_service_of_another_subsystem_or_member_is_not_ours(served: Served, part: str):
    assert part in LIST_CODES
    reply = served.post(LIST_CODES.replace(part, part.replace("viis", "other").replace("IZM", "OTHER")))
    assert reply.status == 500
    assert b"F-0309" in reply.body


def test_what_looks_like_a_personal_code_in_an_identifier_does_not_reach_the_log(served: Served):
    code = "04051820016"
    message = LIST_CODES.replace("example-1", f"m-{code}").replace("allservices", f"client-{code}").replace("class_levels", "CLASS LEVELS")
    assert served.post(message).status == 500
    log = served.log.read_text()
    assert code not in log
    assert '"client": "…"' in log


def test_the_page_of_services_answers_get_at_its_own_address_only(served: Served):
    assert served.request("GET", "/").status == 200
    assert served.request("POST", "/soap", b"<x/>").status == 405
    assert served.request("GET", "/favicon.ico").status == 404


def test_the_page_links_examples_that_name_this_service(served: Served):
    page = served.request("GET", "/").body.decode()
    for path in ("/examples/follow.py", "/examples/submit.py"):
        assert f'href="{path}"' in page
        reply = served.request("GET", path)
        assert (reply.status, reply.headers["content-type"]) == (200, "text/plain; charset=utf-8")
        program = reply.body.decode()
        compile(program, path, "exec")
        assert "https://viis.example/xroad/soap/education-process?wsdl" in program

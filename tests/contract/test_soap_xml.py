"""Encodings, forbidden XML and multipart messages (P17 to P20, P22 to P24), as a security server would see them over HTTP."""

import pytest

from tests.contract.asking import HEADERS, LIST_CODES, PERSONAL_CODE, answered, asking, envelope, fault
from tests.serving import Reply, Served

# P18, P19, P20: encodings and what XML may hold.


@pytest.mark.parametrize("codec", ["utf-8", "utf-8-sig", "utf-16", "iso-8859-13", "windows-1257"])
def test_a_request_in_any_known_encoding_is_answered_in_utf_8(served: Served, codec: str):
    declared = f'<?xml version="1.0" encoding="{codec.removesuffix("-sig")}"?>\n'
    reply = served.post((declared + envelope(*HEADERS, "<xrd:issue>Ķēniņš</xrd:issue>")).encode(codec))
    answered(reply)
    assert reply.body.startswith(b"<?xml version='1.0' encoding='UTF-8'?>")
    assert "<xrd:issue>Ķēniņš</xrd:issue>" in reply.body.decode()


@pytest.mark.parametrize(
    ("request_", "code"),
    [
        (f'<?xml version="1.0" encoding="koi8-r"?>{envelope()}', "F-0201"),
        (f"<!DOCTYPE a [<!ENTITY x '{PERSONAL_CODE}'>]>{envelope()}", "F-0202"),
        (f'<!DOCTYPE a SYSTEM "file:///etc/passwd">{envelope()}', "F-0202"),
        (envelope(body="<?evil?>" + LIST_CODES), "F-0203"),
        (envelope(body="<a>" * 200 + "</a>" * 200), "F-0204"),
        (envelope(body=f"<a {' '.join(f'a{number}=0'.replace('=0', '=' + chr(34) * 2) for number in range(100_000))}/>"), "F-0204"),
        (envelope(body="&nbsp;"), "F-0205"),
        (envelope()[:-5], "F-0205"),
        ("", "F-0205"),
        (PERSONAL_CODE, "F-0205"),
        ("<a>\x00</a>", "F-0205"),
    ],
    ids=["encoding", "entity", "dtd", "instruction", "depth", "attributes", "unknown entity", "cut off", "empty", "no xml", "zero byte"],
)
def test_what_is_no_acceptable_xml_is_refused_without_a_word_of_it(served: Served, request_: str, code: str):
    reply = served.post(request_)
    assert fault(reply) == code
    assert PERSONAL_CODE.encode() not in reply.body


def test_cdata_comments_and_character_references_are_read_in_the_body(served: Served):
    inside = "<e:list>class<!-- c -->_<![CDATA[lev]]>&#101;ls</e:list>"
    wrapper = answered(served.post(asking("listCodes", inside)))
    assert wrapper.findtext("{*}lists/{*}codeList/{*}name") == "class_levels"


# P17, P22 to P24: multipart.


def multipart(served: Served, *parts: tuple[str, str], kind: str = "multipart/related") -> Reply:
    body = "".join(f"--b\r\nContent-Type: {part_kind}\r\n\r\n{content}\r\n" for part_kind, content in parts) + "--b--\r\n"
    return served.post(body, Content_Type=f'{kind}; type="text/xml"; boundary="b"')


def test_a_multipart_request_with_only_the_soap_part_is_answered(served: Served):
    answered(multipart(served, ("text/xml; charset=UTF-8", envelope())))
    answered(multipart(served, ('application/xop+xml; charset=UTF-8; type="text/xml"', envelope())))


def test_attachments_and_other_multipart_messages_are_refused(served: Served):
    assert fault(multipart(served, ("text/xml", envelope()), ("text/plain", "x"))) == "F-0105"
    assert fault(multipart(served, ("text/plain", envelope()))) == "F-0104"
    assert fault(multipart(served)) == "F-0104"
    assert fault(multipart(served, ("text/xml", envelope()), kind="multipart/mixed")) == "F-0103"

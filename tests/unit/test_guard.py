"""The guard lets through what X-Road's security server sends, and nothing that could hurt the parser."""

import pytest

from adapters import guard
from adapters.guard import parse

ENVELOPE = '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><a>Ķēniņš</a></e:Body></e:Envelope>'
BOMB = '<!DOCTYPE a [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]><a>&b;</a>'


def text_in(body: bytes, charset: str | None = None) -> str | None:
    return parse(body, charset).root.findtext(".//a")


@pytest.mark.parametrize("charset", [None, "utf-8", "UTF-8", "iso-8859-1"], ids=str)
def test_the_declaration_decides_when_the_label_contradicts_it(charset: str | None):
    body = f'<?xml version="1.0" encoding="UTF-8"?>{ENVELOPE}'.encode()
    assert text_in(body, charset) == "Ķēniņš"


@pytest.mark.parametrize("codec", ["utf-8-sig", "utf-16"])
@pytest.mark.parametrize("declared", ["", '<?xml version="1.0" encoding="iso-8859-1"?>'], ids=["undeclared", "declared wrongly"])
def test_a_byte_order_mark_decides_before_all_else(codec: str, declared: str):
    assert text_in((declared + ENVELOPE).encode(codec), "utf-8") == "Ķēniņš"


@pytest.mark.parametrize("codec", ["utf-16-le", "utf-16-be"])
def test_utf_16_without_a_mark_is_seen_by_its_first_character(codec: str):
    assert text_in(ENVELOPE.encode(codec)) == "Ķēniņš"


@pytest.mark.parametrize("codec", ["iso-8859-4", "iso-8859-13", "windows-1257"])
def test_what_older_latvian_systems_write_is_read(codec: str):
    assert text_in(f'<?xml version="1.0" encoding="{codec}"?>{ENVELOPE}'.encode(codec), "utf-8") == "Ķēniņš"


def test_the_label_counts_when_the_message_says_nothing():
    assert text_in(ENVELOPE.encode("iso-8859-13"), "ISO-8859-13") == "Ķēniņš"


def test_the_bytes_that_are_kept_are_utf_8_without_mark_and_declaration():
    message = parse(f"<?xml version='1.0' encoding='utf-16'?>\n{ENVELOPE}".encode("utf-16"))
    assert message.source == ENVELOPE.encode()


@pytest.mark.parametrize("name", ["utf-7", "koi8-r", "idna", "rot13", "zlib_codec", "ebcdic-cp-us", "utf-32", "x" * 500])
def test_other_encodings_are_refused(name: str):
    with pytest.raises(guard.UnknownEncoding):
        parse(f'<?xml version="1.0" encoding="{name}"?>{ENVELOPE}'.encode())
    with pytest.raises(guard.UnknownEncoding):
        parse(ENVELOPE.encode(), name)


def test_bytes_that_are_not_in_their_encoding_are_refused():
    with pytest.raises(guard.UnknownEncoding):
        parse(b'<?xml version="1.0" encoding="us-ascii"?><a>\xff</a>')
    with pytest.raises(guard.UnknownEncoding):
        parse(b"\xff\xfe<\x00a")
    with pytest.raises(guard.NotWellFormed):
        parse(b"<a>\xc0\xaf</a>")


@pytest.mark.parametrize(
    "body",
    [BOMB, '<!DOCTYPE a SYSTEM "file:///etc/passwd"><a/>', '<!DOCTYPE a [<!ENTITY % x SYSTEM "http://127.0.0.1:9/"> %x;]><a/>'],
    ids=["bomb", "file", "network"],
)
@pytest.mark.parametrize("codec", ["utf-8", "utf-16"])
def test_a_doctype_is_refused_before_anything_is_built(body: str, codec: str):
    with pytest.raises(guard.HasDoctype):
        parse(body.encode(codec))


def test_entities_that_nobody_declared_are_not_well_formed():
    with pytest.raises(guard.NotWellFormed):
        parse(b"<a>&nbsp;</a>")


def test_a_processing_instruction_is_refused_wherever_it_stands():
    for body in (b"<?a?><a/>", b"<a><?b c?></a>", b"<a/><?b?>", b'<?xml version="1.0"?><?xml-stylesheet href="x"?><a/>'):
        with pytest.raises((guard.HasInstruction, guard.NotWellFormed)):
            parse(body)
    with pytest.raises(guard.HasInstruction):
        parse(b"<a><?b c?></a>")


def test_cdata_comments_and_character_references_are_let_through():
    message = parse(b"<a><!-- <?no?> <!DOCTYPE --><![CDATA[<b>&]]>&#257;&lt;<c>? !</c></a>")
    assert message.root.xpath("string()") == "<b>&ā<? !"
    assert not message.plain


def test_a_plain_message_is_known_to_be_plain():
    assert parse(b"<a>what? this!</a>").plain


@pytest.mark.parametrize(
    "body",
    [
        b"<a>" * 101 + b"</a>" * 101,
        b"<a " + b" ".join(b'x%d=""' % n for n in range(100_000)) + b"/>",
        b"<a>" + b"<b/>" * 100_001 + b"</a>",
        b"<a>" + b"x" * (guard.MAX_TEXT + 1) + b"</a>",
        b"<a><![CDATA[" + b"x" * (guard.MAX_TEXT + 1) + b"]]></a>",
    ],
    ids=["depth", "attributes", "elements", "text", "cdata"],
)
def test_what_is_too_much_is_refused(body: bytes):
    with pytest.raises(guard.TooComplex):
        parse(body)


def test_many_elements_within_the_limits_are_fine():
    assert len(parse(b"<a>" + b'<b c="1"/>' * 50_000 + b"</a>").root) == 50_000


def test_depth_within_the_limit_is_fine():
    assert parse(b"<a>" * 100 + b"</a>" * 100).root.tag == "a"


@pytest.mark.parametrize(
    "body",
    [b"", b" ", b"<a>", b"<a></b>", b"a", b"<a/><b/>", b" <?xml version='1.0'?><a/>", b"<?xml version='1.0'", b"\x00", b"<a>\x01</a>"],
)
def test_what_is_no_xml_is_refused(body: bytes):
    with pytest.raises((guard.NotWellFormed, guard.UnknownEncoding)):
        parse(body)


@pytest.mark.parametrize("body", [b"<a>" * 5000, b"<a>" * 300 + b"</a>" * 300, b"<a>" * 5000 + b"</a>" * 5000])
def test_a_tree_deeper_than_the_parser_builds_is_refused(body: bytes):
    with pytest.raises((guard.NotWellFormed, guard.TooComplex)):
        parse(body)


def test_one_deep_place_among_many_elements_is_found():
    deep = b"<b>" * 100 + b"</b>" * 100
    with pytest.raises(guard.TooComplex):
        parse(b"<a>" + b"<c/>" * 50_000 + deep + b"</a>")


def test_more_than_ten_mebibytes_are_refused_unread():
    with pytest.raises(guard.TooLarge):
        parse(b"<a>" + b" " * guard.MAX_BYTES + b"</a>")


def test_no_refusal_repeats_the_message():
    for body in (b"<a>32345678901</b>", b"<!DOCTYPE x32345678901><a/>", b"<?x32345678901?><a/>"):
        with pytest.raises(guard.NotAccepted) as refused:
            parse(body)
        assert "32345678901" not in str(refused.value)

import pytest

from faults.proxy import Messages, commits

START = (8 + 5).to_bytes(4) + (196608).to_bytes(4) + b"user\0"
ASKS_FOR_TLS = (8).to_bytes(4) + (80877103).to_bytes(4)


def query(text):
    body = text.encode() + b"\0"
    return b"Q" + (len(body) + 4).to_bytes(4) + body


@pytest.mark.parametrize("size", [1, 3, 7, 1000])
def test_messages_are_whole_however_they_arrive(size):
    sent = [ASKS_FOR_TLS, START, query("BEGIN"), query("COMMIT")]
    stream, messages = b"".join(sent), Messages()
    chunks = [stream[at : at + size] for at in range(0, len(stream), size)]
    assert [message for chunk in chunks for message in messages.fed(chunk)] == sent


@pytest.mark.parametrize(
    ("text", "is_one"),
    [("COMMIT", True), ("commit;", True), ("ROLLBACK", False), ("SELECT 'COMMIT'", False), ("", False)],
)
def test_only_a_commit_commits(text, is_one):
    assert commits(query(text)) is is_one


def test_other_messages_are_no_commit():
    assert not commits(b"X" + (4).to_bytes(4))

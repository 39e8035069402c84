"""E-mail against a real SMTP server on loopback: open, with STARTTLS and a password, refusing, and falling silent."""

import asyncio
import datetime as dt
import ipaddress
import socket
import ssl
from collections.abc import Iterator
from contextlib import closing, contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import AuthResult, Envelope
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from agent import mail
from agent.mail import MailServer
from agent.settings import Settings
from recsys.errors import InputError

SECRET = "p@ss:word/1"
FROM = "Maison Orvane <hello@orvane.example>"


class Postbox:
    """Keeps what it is given; answers the end of the text as it is told."""

    def __init__(self, answer: str = "250 taken") -> None:
        self.answer, self.mails = answer, list[Envelope]()

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: Any) -> str:
        if address.startswith("gone"):
            return "550 no such person"
        envelope.rcpt_tos.append(address)
        return "250 fine"

    async def handle_DATA(self, server: Any, _session: Any, envelope: Envelope) -> str:
        self.mails.append(envelope)
        if self.answer == "silence":
            server.transport.abort()
            await asyncio.sleep(0)
        return self.answer


@contextmanager
def post_office(box: Postbox, **options: Any) -> Iterator[int]:
    with closing(socket.socket()) as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    controller = Controller(box, hostname="127.0.0.1", port=port, **options)
    controller.start()
    try:
        yield port
    finally:
        controller.stop()


def server(port: int, scheme: str = "smtp", user: str = "") -> MailServer:
    at = f"{user}:p%40ss%3Aword%2F1@" if user else ""
    found = mail.mail_server(Settings(smtp_url=f"{scheme}://{at}127.0.0.1:{port}", mail_from=FROM))
    assert found is not None
    return found


def letter(
    to: MailServer, address: str = "ada@example.org", subject: str = "A thought for you", body: str = "Dear Ada,"
) -> EmailMessage:
    return mail.compose(to, address, "Ada Lövén", subject, body, "d17")


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A certificate for 127.0.0.1 that only its own reader trusts, and its key."""
    folder, key = Path(tmp_path_factory.mktemp("certificate")), ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "127.0.0.1")])
    today = dt.datetime.now(dt.UTC)
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(today - dt.timedelta(days=1)).not_valid_after(today + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ipaddress.ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    (folder / "cert.pem").write_bytes(made.public_bytes(serialization.Encoding.PEM))
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    (folder / "key.pem").write_bytes(private)
    return folder / "cert.pem", folder / "key.pem"


def test_a_message_arrives_as_it_was_written() -> None:
    box, body = Postbox(), "Dear Ada,\n\nC'est « Cirro », 私の好み.\n.\nWarm regards"
    with post_office(box) as port:
        outcome = mail.send(server(port), letter(server(port), body=body))
    assert outcome.state == "sent"
    [envelope] = box.mails
    assert (envelope.mail_from, envelope.rcpt_tos) == ("hello@orvane.example", ["ada@example.org"])
    read = message_from_bytes(envelope.content, policy=policy.default)  # type: ignore[arg-type]
    assert read["From"] == FROM
    assert read["To"] == "Ada Lövén <ada@example.org>"
    assert read["Message-ID"] == "<d17@orvane.example>"
    assert read.get_content().replace("\r\n", "\n").strip() == body


def test_starttls_and_password(certificate: tuple[Path, Path]) -> None:
    box, asked = Postbox(), []

    def authenticator(_server: Any, _session: Any, _envelope: Any, _mechanism: str, data: Any) -> AuthResult:
        asked.append((data.login, data.password))
        return AuthResult(success=data.password == SECRET.encode(), handled=False)

    trusted, ours = ssl.create_default_context(cafile=str(certificate[0])), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(*map(str, certificate))
    options = {"tls_context": ours, "require_starttls": True, "auth_required": True, "authenticator": authenticator}
    with post_office(box, **options) as port:
        to = server(port, "smtp+starttls", "ada")
        assert mail.send(to, letter(to), trusted).state == "sent"
        assert asked == [(b"ada", SECRET.encode())]
        unknown = mail.send(to, letter(to))
        assert (unknown.state, "certificate" in unknown.detail) == ("failed", True)
        wrong = MailServer("smtp+starttls", "127.0.0.1", port, "ada", "wrong-secret", to.sender)
        refused = mail.send(wrong, letter(to), trusted)
        assert refused.state == "failed"
        assert "password" in refused.detail
        assert "wrong-secret" not in refused.detail
    assert len(box.mails) == 1


def test_tls_from_the_first_byte(certificate: tuple[Path, Path]) -> None:
    trusted, ours = ssl.create_default_context(cafile=str(certificate[0])), ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    ours.load_cert_chain(*map(str, certificate))
    box = Postbox()
    with post_office(box, ssl_context=ours) as port:
        to = server(port, "smtps")
        assert mail.send(to, letter(to)).state == "failed"
        assert mail.send(to, letter(to), trusted).state == "sent"
    assert len(box.mails) == 1


def test_no_password_goes_to_a_server_without_starttls() -> None:
    with post_office(Postbox()) as port:
        to = server(port, "smtp+starttls", "ada")
        outcome = mail.send(to, letter(to))
    assert (outcome.state, "STARTTLS" in outcome.detail) == ("failed", True)


@pytest.mark.parametrize(("answer", "state"), [("554 spam", "failed"), ("451 later", "failed"), ("silence", "unknown")])
def test_what_is_not_known_to_have_failed_is_unknown(answer: str, state: str) -> None:
    with post_office(Postbox(answer)) as port:
        assert mail.send(server(port), letter(server(port))).state == state


def test_a_refused_address_and_no_server_fail() -> None:
    with post_office(Postbox()) as port:
        gone = mail.send(server(port), letter(server(port), "gone@example.org"))
    nobody = mail.send(server(port), letter(server(port)))
    assert (gone.state, "address" in gone.detail) == ("failed", True)
    assert (nobody.state, "cannot be reached" in nobody.detail) == ("failed", True)


@pytest.mark.parametrize("text", ["Hi\nBcc: eve@example.org", "Hi\r\nBcc: eve@example.org", "Hi\rBcc: x"])
def test_no_text_adds_a_header(text: str) -> None:
    with pytest.raises(InputError):
        letter(server(25), subject=text)


@pytest.mark.parametrize(
    "address",
    ["a@x.org, eve@example.org", "a@x.org\nBcc: eve@example.org", "Eve <eve@x.org>", "a b@x.org", "", "a@", "@x.org"],
)
def test_only_one_plain_address_is_written_to(address: str) -> None:
    assert not mail.is_address(address)
    with pytest.raises(InputError):
        letter(server(25), address)


@given(subject=st.text(max_size=60), name=st.text(max_size=30), body=st.text(max_size=200))
def test_any_words_make_a_message_to_one_person_or_none(subject: str, name: str, body: str) -> None:
    to = server(25)
    try:
        made = mail.compose(to, "ada@example.org", name, subject, body, "d17")
    except InputError:
        return
    read = message_from_bytes(made.as_bytes(), policy=policy.default)
    known = {"From", "To", "Subject", "Message-ID", "Content-Type", "Content-Transfer-Encoding", "MIME-Version"}
    assert set(read.keys()) <= known
    assert [one.addr_spec for one in read["To"].addresses] == ["ada@example.org"]


@pytest.mark.parametrize(
    "url",
    [
        "http://x", "smtp://", "smtp://ada@mail.example", "smtp://ada:secret-1@mail.example:25", "smtps://h:99999",
        "smtps://ada:secret-1@h:port", "ada:secret-1@h", "[::1",
    ],
)  # fmt: skip
def test_a_wrong_address_of_the_server_is_told_without_its_password(url: str) -> None:
    with pytest.raises(InputError) as told:
        mail.mail_server(Settings(smtp_url=url, mail_from=FROM))
    assert "secret-1" not in str(told.value)


def test_the_password_is_in_no_representation() -> None:
    settings = Settings(smtp_url="smtps://ada:secret-1@mail.example", mail_from=FROM)
    assert "secret-1" not in repr(settings) + repr(mail.mail_server(settings))
    assert mail.mail_server(Settings()) is None
    with pytest.raises(InputError, match="MAIL_FROM"):
        mail.mail_server(Settings(smtp_url="smtps://h"))

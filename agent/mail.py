"""E-mail through a configured SMTP server, with the standard library. The password is in no text that leaves here."""

from __future__ import annotations

import re
import smtplib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from email import policy
from email.errors import MessageError
from email.headerregistry import Address
from email.message import EmailMessage
from email.utils import parseaddr
from typing import Literal
from urllib.parse import unquote, urlsplit

from agent.settings import Settings
from recsys.errors import InputError

TIMEOUT_S = 15.0  # of each answer of the server
_PORTS = {"smtp": 25, "smtp+starttls": 587, "smtps": 465}
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.)*[A-Za-z0-9-]{1,63}")
_URL_HINT = (
    "the mail server (CLIENTELLER_SMTP_URL) cannot be read: give smtp+starttls://user:password@host:587, "
    "smtps://user:password@host:465, or smtp://host:25 without a password"
)


@dataclass(frozen=True)
class MailServer:
    """Where e-mails are handed over, and from whom they come."""

    scheme: Literal["smtp", "smtp+starttls", "smtps"]
    host: str
    port: int
    user: str
    password: str = field(repr=False)
    sender: Address


@dataclass(frozen=True)
class Outcome:
    """How an attempt to send ended; "unknown" where the server fell silent with the text in hand."""

    state: Literal["sent", "failed", "unknown"]
    detail: str


def mail_server(settings: Settings) -> MailServer | None:
    """Return the configured mail server, None where none is.

    Raises:
        InputError: If its address or the sender cannot be read, or a password would go over an open line.
    """
    if settings.smtp_url is None:
        return None
    try:
        parts = urlsplit(settings.smtp_url)
        host, port = parts.hostname, parts.port
    except ValueError:
        raise InputError(_URL_HINT) from None
    if parts.scheme not in _PORTS or not host or (parts.username and not parts.password):
        raise InputError(_URL_HINT)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    if user and parts.scheme == "smtp" and host not in _LOOPBACK:
        raise InputError("CLIENTELLER_SMTP_URL would send the password over an open line: use smtp+starttls or smtps")
    sender = _sender(settings.mail_from or "")
    return MailServer(parts.scheme, host, port or _PORTS[parts.scheme], user, password, sender)  # type: ignore[arg-type]


def is_address(text: str) -> bool:
    """Return whether a text is one plain e-mail address and nothing else."""
    return _ADDRESS.fullmatch(text) is not None


def compose(server: MailServer, to: str, name: str, subject: str, body: str, message_id: str) -> EmailMessage:
    """Return an e-mail of plain text. A line break in a header is refused, so that no text can add one.

    Args:
        to: The address.
        name: The recipient's name, "" for none.
        message_id: The local part of its Message-ID; the same text sent again has the same.

    Raises:
        InputError: If an address or a header cannot stand in an e-mail.
    """
    if not is_address(to):
        raise InputError("the address on record is no plain e-mail address: copy the message instead")
    message = EmailMessage(policy.SMTP)
    try:
        message["From"] = server.sender
        message["To"] = Address(" ".join(name.split()), addr_spec=to)
        message["Subject"] = subject
        message["Message-ID"] = f"<{message_id}@{server.sender.domain}>"
        message.set_content(body)
    except (ValueError, MessageError):
        raise InputError("the subject or the name cannot stand in an e-mail: take out line breaks") from None
    return message


def send(server: MailServer, message: EmailMessage, trust: ssl.SSLContext | None = None) -> Outcome:
    """Hand an e-mail over once.

    Args:
        server: Where.
        message: What.
        trust: Whose certificates count; None for those of this machine.
    """
    try:
        with _connected(server, trust or ssl.create_default_context()) as connection:
            try:
                refused = connection.send_message(message, str(server.sender.addr_spec))
            except (smtplib.SMTPServerDisconnected, OSError) as error:
                if isinstance(error, smtplib.SMTPException) and not isinstance(error, smtplib.SMTPServerDisconnected):
                    raise
                return Outcome("unknown", "the mail server fell silent while it had the message; look in its outbox")
    except smtplib.SMTPException as error:
        return Outcome("failed", _refusal(error))
    except ssl.SSLError:
        return Outcome("failed", "the mail server's certificate does not hold, so nothing was sent")
    except OSError:
        return Outcome("failed", f"the mail server {server.host} cannot be reached; nothing was sent")
    if refused:
        return Outcome("failed", "the mail server refused the client's address; nothing was sent")
    return Outcome("sent", f"handed to {server.host}")


@contextmanager
def _connected(server: MailServer, trust: ssl.SSLContext) -> Iterator[smtplib.SMTP]:
    if server.scheme == "smtps":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=TIMEOUT_S, context=trust)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=TIMEOUT_S)
    try:
        if server.scheme == "smtp+starttls":
            connection.starttls(context=trust)
        if server.user:
            connection.login(server.user, server.password)
        yield connection
        connection.close()  # the message is taken: a server that goes without a farewell changes nothing
    finally:
        connection.close()


def _sender(text: str) -> Address:
    name, address = parseaddr(text)
    if not is_address(address) or any(not letter.isprintable() for letter in text):
        raise InputError("the sender (CLIENTELLER_MAIL_FROM) cannot be read: give Name <name@example.org>")
    return Address(name, addr_spec=address)


def _refusal(error: smtplib.SMTPException) -> str:
    """Say in one line why the server took nothing; its own words are left out, they may hold anything."""
    match error:
        case smtplib.SMTPAuthenticationError():
            return "the mail server did not accept the user and password; nothing was sent"
        case smtplib.SMTPRecipientsRefused():
            return "the mail server refused the client's address; nothing was sent"
        case smtplib.SMTPSenderRefused():
            return f"the mail server refused the sender (code {error.smtp_code}); nothing was sent"
        case smtplib.SMTPResponseException():
            return f"the mail server refused the message (code {error.smtp_code}); nothing was sent"
        case smtplib.SMTPNotSupportedError():
            return "the mail server lacks what its address asks for (STARTTLS or a password); nothing was sent"
        case _:
            return "the mail server closed the connection before it took anything; nothing was sent"

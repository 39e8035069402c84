"""Whether this program can listen where it was told to."""

from __future__ import annotations

import errno
import socket

from recsys.errors import InputError


def require_free_port(host: str, port: int) -> None:
    """Raise InputError if this program cannot listen on `port`."""
    with socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            if error.errno == errno.EADDRINUSE:
                raise InputError(f"port {port} is in use: stop the other program or pass --port N") from error
            raise InputError(
                f"cannot listen on {host}:{port} ({error.strerror}): pass another --host or --port"
            ) from error

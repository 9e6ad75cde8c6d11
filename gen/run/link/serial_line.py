"""A device behind a port: any name or URL that pyserial opens (``/dev/ttyUSB0``, ``COM3``, ``socket://``,
``rfc2217://``, ``loop://``, ``spy://``)."""

from __future__ import annotations

import contextlib
import errno
import time
from pathlib import Path
from typing import Any

from ...core.errors import DeviceError, UsageError
from .transport import WRITE_SECONDS, Closing

DEFAULT_SPEED = 115_200
POLL_SECONDS = 0.1
CHUNK = 4096
INSTALL = "pip install 'gatesmith[boards]'"


class SerialTransport(Closing):
    """A port, opened for this process alone if the system can guarantee that.

    Opening resets many boards (DTR pulls their reset line); the link then sends hello until they listen.

    Args:
        url: the URL or name, for pyserial.
        speed: baud.

    Raises:
        DeviceError: the port does not exist, is in use, or may not be opened.
        UsageError: pyserial does not know such a URL, or is not installed.
    """

    def __init__(self, url: str, speed: int = DEFAULT_SPEED) -> None:
        serial = module()
        self._url = url
        self._errors = (serial.SerialException, OSError)
        try:
            self._serial = serial.serial_for_url(
                url, baudrate=speed, timeout=POLL_SECONDS, write_timeout=WRITE_SECONDS, exclusive=True
            )
        except ValueError as error:
            known = "/dev/ttyUSB0, COM3, socket://HOST:PORT, rfc2217://HOST:PORT, loop://, spy://PORT"
            raise UsageError(f'--port "{url}" cannot be used: {error}', fix=f"a port is one of: {known}") from error
        except self._errors as error:
            raise _not_opened(url, error) from error

    @property
    def name(self) -> str:
        return self._url

    def write(self, data: bytes) -> None:
        serial = module()
        try:
            for at in range(0, len(data), CHUNK):
                self._serial.write(data[at : at + CHUNK])
        except serial.SerialTimeoutException as error:
            raise DeviceError(
                f"{self._url} has taken no bytes for {WRITE_SECONDS:g} s",
                where=self._url,
                fix="the other end holds the line (flow control): close it and open it again",
            ) from error
        except self._errors as error:
            raise self._gone(error) from error

    def read(self, timeout: float) -> bytes:
        deadline = time.monotonic() + timeout
        try:
            while True:
                data: bytes = self._serial.read(max(1, self._serial.in_waiting))
                if data:
                    while len(data) < CHUNK and (waiting := self._serial.in_waiting):
                        data += self._serial.read(waiting)
                    return data
                if time.monotonic() >= deadline:
                    return b""
        except self._errors as error:
            raise self._gone(error) from error

    def close(self) -> None:
        with contextlib.suppress(*self._errors):
            self._serial.close()

    def _gone(self, error: BaseException) -> DeviceError:
        return DeviceError(
            f"{self._url} is gone in the middle of the work",
            where=self._url,
            why=str(error),
            fix="check the cable and the board's supply, and that no other program has the port open",
        )


def module() -> Any:
    """The module of pyserial.

    Raises:
        UsageError: pyserial is not installed.
    """
    try:
        import serial
    except ImportError as error:
        raise UsageError("--port needs pyserial, which is not installed", fix=INSTALL) from error
    return serial


def ports() -> list[str]:
    """The serial ports of this machine, each with a description of the device."""
    module()
    from serial.tools import list_ports

    return [
        f"{port.device}  {port.description}" if port.description not in ("n/a", "", None) else str(port.device)
        for port in sorted(list_ports.comports())
    ]


def advice(target: str, url: str, speed: int) -> tuple[str, ...]:
    """Remedies for a port that opens but stays silent, the most likely first."""
    return (
        f"put the validation program on the board: gatesmith flash MODEL --target {target} --port {url}",
        "press the board's RESET (and let go of BOOT), take off what is wired to its serial pins, try again",
        f"the line runs at {speed:,} baud, which the target's TOML says: [serial] speed",
    )


def no_port(url: str, why: str = "") -> DeviceError:
    """The error for a port that does not exist, with a list of existing ports."""
    return DeviceError(f"there is no port {url}", where=url, why=why, fix=_ports_here())


def check_there(port: str | None) -> None:
    """Check, before minutes of work, that a port of this machine exists. Other URLs are checked when they are
    opened."""
    if port is not None and port.startswith("/dev/") and not Path(port).exists():
        raise no_port(port)


def _ports_here() -> str:
    names = ports()
    return f"ports here: {'; '.join(names)}" if names else "this machine has no serial ports at all: is it plugged in?"


def _not_opened(url: str, error: BaseException) -> DeviceError:
    number = getattr(error, "errno", None)
    if number is None and isinstance(cause := error.__cause__ or error.__context__, OSError):
        number = cause.errno
    text = str(error)
    if number in (errno.EACCES, errno.EPERM):
        return DeviceError(
            f"{url} may not be opened by this user", where=url, why=text,
            fix="add the user to the port's group (on Debian: adduser USER dialout), then log in again",
        )  # fmt: skip
    if number in (errno.EBUSY, errno.EAGAIN) or "exclusively lock" in text:
        return DeviceError(
            f"{url} is in use by another program", where=url, why=text,
            fix="close the monitor, IDE or other session that has it open",
        )  # fmt: skip
    if number == errno.ECONNREFUSED or "refused" in text:
        return DeviceError(
            f"nothing listens at {url}", where=url, why=text, fix="start what serves the port, then try again"
        )
    if number in (errno.ENOENT, errno.ENODEV, errno.ENXIO):
        return no_port(url, text)
    return DeviceError(f"{url} cannot be opened", where=url, why=text, fix=_ports_here())

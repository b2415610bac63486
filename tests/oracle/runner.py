"""Runs scenarios with CPython's socket module, whose answers are the ones to agree with.

Reads [{"title", "family", "given", "steps"}, ...] from standard input and writes
{"by": "CPython ...", "date": "...", "outcomes": [["...", ...], ...]} to standard output: the outcome of each step, as run.ts writes it.
What a scenario is stands in scenario.ts.
"""

import datetime
import errno
import hashlib
import io
import json
import platform
import re
import signal
import socket
import struct
import sys
import warnings

# 95 has two names on Linux; ours has the sockets' own.
errno.errorcode[errno.EOPNOTSUPP] = "EOPNOTSUPP"
EAI = {number: name for name, number in vars(socket).items() if name.startswith("EAI_")}
H_ERRNO = {1: "HOST_NOT_FOUND", 2: "TRY_AGAIN", 3: "NO_RECOVERY", 4: "NO_DATA"}


class Run:
    """One scenario: what its names mean, and which ports are whose."""

    def __init__(self, family):
        self.ports = {}
        six = family == "AF_INET6"
        self.kept = {}
        self.constants = {
            "FAMILY": getattr(socket, family),
            "HOST": "::1" if six else "127.0.0.1",
            "ANY": "::" if six else "0.0.0.0",
            "ZEROS": (0, 0) if six else (),
            "addr": lambda s: s.getsockname(),
            "port": lambda s: s.getsockname()[1],
            "nobody": self.nobody,
            "buffer": bytearray,
            "linger": lambda on, seconds: struct.pack("ii", on, seconds),
            "closed": lambda s: s.closed if isinstance(s, io.IOBase) else s._closed,
            "fill": fill,
            "drain": lambda s: b"".join(iter(lambda: s.recv(65536), b"")),
            "list": list,
            "poll": poll,
        }

    def nobody(self):
        # Not one of the ports that connections come from, or somebody might be there by the time of the connect.
        family, host = self.constants["FAMILY"], self.constants["HOST"]
        for number in range(20000, 30000):
            with socket.socket(family, socket.SOCK_STREAM) as stream, socket.socket(family, socket.SOCK_DGRAM) as datagrams:
                try:
                    stream.bind((host, number))
                    datagrams.bind((host, number))
                except OSError:
                    continue
                self.ports.setdefault(number, "nobody")
                return (host, number)

    def step(self, line):
        name, expression = re.fullmatch(r"(?:(\w+) = )?(.*)", line).groups()
        try:
            value = eval(expression, {**vars(socket), "socket": socket.socket, **self.constants, **self.kept})
        except Exception as error:
            return describe(error)
        if name is not None:
            self.kept[name] = value[0] if ".accept(" in expression else value
        self.learn_ports()
        if re.search(r"connect_ex\(|SO_ERROR", expression):
            return errno.errorcode.get(value, str(value))
        if ".detach(" in expression:
            return "<handle>"
        return self.render(value)

    def learn_ports(self):
        for name, value in self.kept.items():
            if isinstance(value, socket.socket):
                try:
                    number = value.getsockname()[1]
                except OSError:
                    continue
                if number != 0:
                    self.ports.setdefault(number, name)

    def render(self, value):
        if value is None or isinstance(value, bool):
            return str(value)
        if isinstance(value, (int, float)):
            return str(int(value)) if value == int(value) else repr(float(value))
        if isinstance(value, str):
            return json.dumps(value)
        if isinstance(value, (bytes, bytearray)):
            return render_bytes(bytes(value))
        if isinstance(value, (tuple, list)):
            parts = [self.render(part) for part in value]
            if len(value) in (2, 4) and isinstance(value[0], str) and value[1] in self.ports:
                parts[1] = f"<{self.ports[value[1]]}>"
            return f"[{', '.join(parts)}]"
        if isinstance(value, socket.socket):
            return "<socket>"
        return "<file>"

    def close(self):
        for value in self.kept.values():
            if hasattr(value, "close"):
                try:
                    value.close()
                except (OSError, ValueError):
                    pass


def fill(s):
    try:
        while True:
            s.send(bytes(65536))
    except BlockingIOError:
        return None


def poll(s):
    timeout = s.gettimeout()
    s.settimeout(0)
    try:
        return s.recv(100)
    finally:
        s.settimeout(timeout)


def render_bytes(value):
    if len(value) > 100:
        return f"<{len(value)} bytes, sha1 {hashlib.sha1(value).hexdigest()[:8]}>"
    return 'b"' + "".join(chr(b) if 32 <= b < 127 and b not in b'"\\' else f"\\x{b:02x}" for b in value) + '"'


def describe(error):
    """The class, and the name of the number where there is one."""
    if isinstance(error, socket.gaierror):
        return f"gaierror {EAI.get(error.errno, error.errno)}"
    if isinstance(error, socket.herror):
        return f"herror {H_ERRNO.get(error.errno, error.errno)}"
    if isinstance(error, io.UnsupportedOperation):
        return "UnsupportedOperation"
    if isinstance(error, OSError):
        number = f" {errno.errorcode.get(error.errno, error.errno)}" if error.errno is not None else ""
        return type(error).__name__ + number
    if isinstance(error, (UnicodeDecodeError, UnicodeEncodeError)):
        return type(error).__name__
    # Ours is a RangeError: a number that is outside what it may be.
    if isinstance(error, (ValueError, OverflowError, LookupError)):
        return "ValueError"
    return type(error).__name__


def late(_signal, _frame):
    signal.alarm(5)
    raise RuntimeError("hangs")


def main():
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, late)
    outcomes = []
    for scenario in json.load(sys.stdin):
        run = Run(scenario["family"])
        signal.alarm(20)
        outcomes.append([run.step(line) for line in scenario["given"] + scenario["steps"]])
        run.close()
        socket.setdefaulttimeout(None)
        signal.alarm(0)
    json.dump(
        {
            "by": f"{platform.python_implementation()} {platform.python_version()} on {platform.system()}, {' '.join(platform.libc_ver())}",
            "date": datetime.date.today().isoformat(),
            "outcomes": outcomes,
        },
        sys.stdout,
    )


main()

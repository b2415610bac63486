"""Makes the calls of a JSON file with CPython's socket module and prints the answers as JSON."""

import json
import socket
import sys


def connect(family, host):
    with socket.socket(family, socket.SOCK_DGRAM) as one:
        one.connect((host, 9))
        return one.getpeername()


def answer(name, args):
    try:
        if name == "connect":
            return {"value": connect(*args)}
        if name == "getnameinfo":
            return {"value": socket.getnameinfo(tuple(args[0]), args[1])}
        value = getattr(socket, name)(*args)
        if name == "getaddrinfo":
            value = [[int(family), int(kind), *rest] for family, kind, *rest in value]
        return {"value": value}
    except (socket.gaierror, socket.herror) as error:
        return {"error": type(error).__name__, "errno": error.errno}
    except OSError as error:
        # Not the class of the errno: this package has those of connections only, and no PermissionError.
        return {"error": "OSError", "errno": error.errno}
    except Exception as error:
        return {"error": type(error).__name__, "errno": None}


with open(sys.argv[1], encoding="utf-8") as calls:
    print(json.dumps([answer(name, args) for name, *args in json.load(calls)]))

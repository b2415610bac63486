# python3 11-herror.py ADDRESS
import socket
import sys

address = sys.argv[1]

try:
    name, aliases, addresses = socket.gethostbyaddr(address)
except socket.herror as e:
    print("herror", e.errno)
    print(e, file=sys.stderr)
    sys.exit(1)
print(name)

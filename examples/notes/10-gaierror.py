# python3 10-gaierror.py HOST
import socket
import sys

host = sys.argv[1]

try:
    address = socket.gethostbyname(host)
except socket.gaierror as e:
    print("gaierror", e.errno)
    print(e, file=sys.stderr)
    sys.exit(1)
print(address)

# python3 05-error-creating.py FAMILY
import errno
import socket
import sys

family = int(sys.argv[1])

try:
    s = socket.socket(family, socket.SOCK_STREAM)
except socket.error as e:
    print("creating:", errno.errorcode[e.errno])
    print(e, file=sys.stderr)
    sys.exit(1)
print("created")
s.close()

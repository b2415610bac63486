# python3 07-error-connecting.py HOST PORT
import errno
import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
try:
    s.connect((host, port))
except socket.gaierror as e:
    print("connecting: the address is wrong")
    print(e, file=sys.stderr)
    sys.exit(1)
except socket.error as e:
    print("connecting:", errno.errorcode[e.errno])
    print(e, file=sys.stderr)
    sys.exit(1)
print("connected")
s.close()

# python3 08-error-sending.py HOST PORT FILE
import errno
import socket
import sys

host, port, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect((host, port))
s.sendall((name + "\r\n").encode())
while s.recv(2048):
    pass
try:
    for i in range(1000):
        s.sendall(b"anybody there?\r\n")
except socket.error as e:
    print("sending:", errno.errorcode[e.errno])
    print(e, file=sys.stderr)
    sys.exit(1)
print("sent")
s.close()

# python3 09-error-receiving.py HOST PORT FILE
import errno
import socket
import sys

host, port, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect((host, port))
s.sendall((name + "\r\n").encode())
try:
    while s.recv(2048):
        pass
except socket.error as e:
    print("receiving:", errno.errorcode[e.errno])
    print(e, file=sys.stderr)
    sys.exit(1)
print("received")
s.close()

# python3 04-client-makefile.py HOST PORT FILE
import socket
import sys

host, port, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect((host, port))
file = s.makefile("rw", encoding="utf-8", newline="")
file.write(name + "\r\n")
file.flush()
for line in file:
    sys.stdout.write(line)
file.close()
s.close()

# python3 03-client.py HOST PORT FILE
import socket
import sys

host, port, name = sys.argv[1], int(sys.argv[2]), sys.argv[3]

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect((host, port))
s.sendall((name + "\r\n").encode())
while True:
    buf = s.recv(2048)
    if not buf:
        break
    sys.stdout.buffer.write(buf)
s.close()

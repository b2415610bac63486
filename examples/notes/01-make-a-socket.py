# python3 01-make-a-socket.py HOST PORT
import socket
import sys

host, port = sys.argv[1], int(sys.argv[2])

s = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
s.connect((host, port))
print("connected to", host, port)
s.close()

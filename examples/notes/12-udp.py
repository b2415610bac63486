# python3 12-udp.py HOST PORT TEXT
import socket
import sys

host, port, text = sys.argv[1], int(sys.argv[2]), sys.argv[3]

s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.sendto(text.encode(), (host, port))
buf, address = s.recvfrom(2048)
print("from", *address)
print(buf.decode())
s.close()

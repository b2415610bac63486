# python3 06-error-service.py SERVICE
import socket
import sys

service = sys.argv[1]

try:
    port = socket.getservbyname(service, "tcp")
except socket.error as e:
    print("no such service")
    print(e, file=sys.stderr)
    sys.exit(1)
print("port", port)

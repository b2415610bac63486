"""Listens, says where, reads one request, and resets the connection in the middle of the reply."""

import socket
import struct

with socket.create_server(("127.0.0.1", 0)) as listener:
    print("listening on", listener.getsockname()[1], flush=True)
    peer, _ = listener.accept()
    peer.recv(2048)
    peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    peer.close()

# One end of a transfer between two kernels: `receive ADDRESS SECONDS`, `send ADDRESS SECONDS CONTROLLER`. The times are counted
# from when the sender began to connect, which the receiver knows as one and a half round trips before it accepts.

import json
import socket
import struct
import sys
import time

PORT = 5001
ROUND_TRIP = 0.1


def reset(one):
    one.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    one.close()


def receive(address, seconds):
    print("in its namespace", flush=True)
    sys.stdin.readline()
    listener = socket.create_server((address, PORT))
    print("listening", flush=True)
    one, _ = listener.accept()
    end = time.monotonic() + seconds - 1.5 * ROUND_TRIP
    buffer = bytearray(1 << 20)
    total = 0
    while (left := end - time.monotonic()) > 0:
        one.settimeout(left)
        try:
            count = one.recv_into(buffer)
        except (TimeoutError, ConnectionResetError):
            break
        if count == 0:
            break
        total += count
    print(total, flush=True)
    reset(one)


# linux/tcp.h, struct tcp_info up to tcpi_total_retrans, of which these are told.
INFO = struct.Struct("<8B24I")
TOLD = {"rtt": 15, "rttvar": 16, "ssthresh": 17, "cwnd": 18, "reordering": 20, "retrans": 23}


def send(address, seconds, controller):
    end = time.monotonic() + seconds
    one = socket.socket()
    # The sysctl would not take every controller in a namespace that isn't the first.
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, controller.encode())
    one.connect((address, PORT))
    data = bytes(1 << 18)
    while (left := end - time.monotonic()) > 0:
        one.settimeout(left)
        try:
            one.send(data)
        except TimeoutError:
            break
    values = INFO.unpack(one.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, INFO.size))
    print(json.dumps({name: values[8 + at] for name, at in TOLD.items()}), flush=True)
    reset(one)


{"receive": receive, "send": send}[sys.argv[1]](sys.argv[2], float(sys.argv[3]), *sys.argv[4:])

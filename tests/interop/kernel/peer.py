# The kernel's side: sockets made by CPython, one call a line. Each line of standard input is a JSON array, a function
# of this file by name and its arguments; each line of standard output is {"value": ...} or {"error": "ECONNRESET"}.
# Connections and listeners are named by numbers.
#
#   peer.py OWN-ADDRESS OTHER-ADDRESS

import errno
import hashlib
import json
import random
import socket
import struct
import sys
import time

own, other = sys.argv[1:]
family = socket.AF_INET6 if ":" in own else socket.AF_INET
sockets = {}


def keep(one):
    sockets[one.fileno()] = one
    return one.fileno()


def new(buffer):
    one = socket.socket(family)
    one.settimeout(100)
    one.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    one.setsockopt(socket.IPPROTO_TCP, socket.TCP_CONGESTION, b"cubic")
    if buffer:
        one.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, buffer)
    return one


def listen(port, buffer=0):
    one = new(buffer)
    one.bind((own, port))
    one.listen(16)
    return keep(one)


def accept(name):
    one, _ = sockets[name].accept()
    one.settimeout(100)
    return keep(one)


def connect(port, buffer=0, local=0):
    one = new(buffer)
    one.bind((own, local))
    one.connect((other, port))
    return keep(one)


def port(name):
    return sockets[name].getsockname()[1]


def send(name, count, seed):
    """Sends pseudo-random bytes. Returns their SHA-256."""
    data = random.Random(seed).randbytes(count)
    sockets[name].sendall(data)
    return hashlib.sha256(data).hexdigest()


def receive(name):
    """Receives up to the end. Returns how much, its SHA-256, and the seconds from the first byte to the end."""
    digest = hashlib.sha256()
    buffer = bytearray(1 << 20)
    view = memoryview(buffer)
    count = sockets[name].recv_into(buffer)
    began = time.monotonic()
    total = 0
    while count > 0:
        digest.update(view[:count])
        total += count
        count = sockets[name].recv_into(buffer)
    return {"bytes": total, "digest": digest.hexdigest(), "seconds": time.monotonic() - began}


# linux/tcp.h, struct tcp_info up to tcpi_rcv_wnd: a name for each value of the format.
INFO_FORMAT = "<8B24I4Q6I4Q2I2Q5I"
INFO_NAMES = (
    "state ca_state retransmits probes backoff options wscales flags rto ato snd_mss rcv_mss unacked sacked lost retrans "
    "fackets last_data_sent last_ack_sent last_data_recv last_ack_recv pmtu rcv_ssthresh rtt rttvar snd_ssthresh snd_cwnd "
    "advmss reordering rcv_rtt rcv_space total_retrans pacing_rate max_pacing_rate bytes_acked bytes_received segs_out "
    "segs_in notsent_bytes min_rtt data_segs_in data_segs_out delivery_rate busy_time rwnd_limited sndbuf_limited "
    "delivered delivered_ce bytes_sent bytes_retrans dsack_dups reord_seen rcv_ooopack snd_wnd rcv_wnd"
).split()


def info(name):
    size = struct.calcsize(INFO_FORMAT)
    data = sockets[name].getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, size)
    return {f"tcpi_{field}": value for field, value in zip(INFO_NAMES, struct.unpack(INFO_FORMAT, data))}


def recv(name, size):
    return sockets[name].recv(size).decode("latin1")


def write(name, text):
    """Returns how many bytes the kernel took at once."""
    return sockets[name].send(text.encode("latin1"))


def shutdown(name):
    sockets[name].shutdown(socket.SHUT_WR)


def close(name):
    sockets.pop(name).close()


def abort(name):
    sockets[name].setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    close(name)


def datagram(port, length):
    """Sends a datagram of that many bytes. Returns whether the same comes back."""
    with socket.socket(family, socket.SOCK_DGRAM) as one:
        one.settimeout(10)
        one.connect((other, port))
        data = random.Random(length).randbytes(length)
        one.send(data)
        return one.recv(70000) == data


def checksum(message):
    padded = message + b"\0" * (len(message) % 2)
    total = sum(struct.unpack(f"!{len(padded) // 2}H", padded))
    total = (total & 0xFFFF) + (total >> 16)
    return ~((total & 0xFFFF) + (total >> 16)) & 0xFFFF


def ping(length):
    """An echo request with that much data. Returns whether it came back as it was."""
    ipv6 = family == socket.AF_INET6
    request, reply = (128, 129) if ipv6 else (8, 0)
    protocol = socket.IPPROTO_ICMPV6 if ipv6 else socket.IPPROTO_ICMP
    with socket.socket(family, socket.SOCK_RAW, protocol) as one:
        one.settimeout(2)
        data = random.Random(length).randbytes(length)
        message = struct.pack("!BBHHH", request, 0, 0, 7, 1) + data
        # Over IPv6 the kernel fills the checksum in, and keeps the header to itself.
        sum_of = 0 if ipv6 else checksum(message)
        one.sendto(message[:2] + struct.pack("!H", sum_of) + message[4:], (other, 0))
        while True:
            answer = one.recv(70000)[0 if ipv6 else 20 :]
            if answer[0] == reply:
                return answer[8:] == data


for line in sys.stdin:
    function, *arguments = json.loads(line)
    try:
        answer = {"value": globals()[function](*arguments)}
    except OSError as error:
        answer = {"error": errno.errorcode.get(error.errno, type(error).__name__)}
    print(json.dumps(answer), flush=True)

"""Prints lines by the Redis protocol over a plain socket: python3 examples/mget.py 127.0.0.1 10497 1 3 5"""

import socket
import sys


def mget(connection, replies, numbers):
    """Returns each line as bytes, or None if there is no such line. One round trip."""
    words = [b"MGET", *(b"%d" % number for number in numbers)]
    bulks = b"".join(b"$%d\r\n%s\r\n" % (len(word), word) for word in words)
    connection.sendall(b"*%d\r\n%s" % (len(words), bulks))
    count = read_head(replies, b"*")
    return [read_bulk(replies) for _ in range(count)]


def read_bulk(replies):
    length = read_head(replies, b"$")
    if length < 0:
        return None
    content = replies.read(length + 2)
    if len(content) < length + 2:
        raise ConnectionError("the server closed the connection")
    return content[:-2]


def read_head(replies, kind):
    head = replies.readline()
    if not head.startswith(kind):
        raise RuntimeError(head.decode(errors="replace").strip() or "connection closed")
    return int(head[1:])


if __name__ == "__main__":
    wanted = [int(word) for word in sys.argv[3:]]
    with socket.create_connection((sys.argv[1], int(sys.argv[2])), timeout=60) as server:
        for number, line in zip(wanted, mget(server, server.makefile("rb"), wanted)):
            print(f"{number}: {'(no such line)' if line is None else line.decode(errors='replace')}")

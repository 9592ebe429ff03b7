"""Prints lines of a running server: python3 examples/get_lines.py 127.0.0.1 10497 1 3 5"""

import socket
import sys

BATCH = 1000  # commands that are sent before their replies are read


def get_lines(host, port, numbers):
    """Yields each line as bytes, or None if there is no such line."""
    with socket.create_connection((host, port), timeout=60) as connection:
        replies = connection.makefile("rb")
        for start in range(0, len(numbers), BATCH):
            batch = numbers[start : start + BATCH]
            connection.sendall(b"".join(b"GET %d\n" % number for number in batch))
            for _ in batch:
                yield read_reply(replies)


def read_reply(replies):
    status = read_line(replies)
    if status == b"OK":
        return read_line(replies)
    if status == b"ERR":
        return None
    raise RuntimeError(status.decode(errors="replace"))


def read_line(replies):
    line = replies.readline()
    if not line.endswith(b"\n"):
        raise ConnectionError("the server closed the connection")
    return line[:-1]


if __name__ == "__main__":
    wanted = [int(word) for word in sys.argv[3:]]
    for number, line in zip(wanted, get_lines(sys.argv[1], int(sys.argv[2]), wanted)):
        print(f"{number}: {'(no such line)' if line is None else line.decode(errors='replace')}")

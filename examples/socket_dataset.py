"""A map-style data set for PyTorch, over a plain socket: python3 examples/socket_dataset.py 127.0.0.1 10497 5 0 2"""

import os
import socket
import sys


class LineDataset:
    """The lines of a file, as bytes. DataLoader workers may be forked: each process has its own connection."""

    def __init__(self, host, port):
        self.address = (host, port)
        self.process = None
        self.length = int(self.request(b"COUNT\n", 1)[0])

    def request(self, command, count):
        """Sends a command, and returns its lines: each one follows a status."""
        if self.process != os.getpid():
            self.socket, self.process = socket.create_connection(self.address, timeout=60), os.getpid()
            self.replies = self.socket.makefile("rb", buffering=1 << 20)
        self.socket.sendall(command)
        read = self.replies.readline
        return [read()[:-1] if (status := read()) == b"OK\n" else self.fail(status) for _ in range(count)]

    def fail(self, status):
        self.process = None  # Other replies may follow: the next request has a new connection.
        raise LookupError(status.decode().strip() or "the server closed the connection")

    def __len__(self):
        return self.length

    def __getitems__(self, indexes):
        """What a DataLoader calls for a batch: one round trip. The first index is 0, the first line 1."""
        return self.request(b"MGET %s\n" % b" ".join([b"%d" % (index + 1) for index in indexes]), len(indexes))


if __name__ == "__main__":
    for record in LineDataset(sys.argv[1], int(sys.argv[2])).__getitems__([int(word) for word in sys.argv[3:]]):
        print(record.decode(errors="replace"))

"""A map-style data set for PyTorch, over a plain socket: python3 examples/socket_dataset.py 127.0.0.1 10497 5 0 2"""

import os
import socket
import sys


class LineDataset:
    """The lines of a file, as bytes. DataLoader workers may be forked: each process has its own connection."""

    def __init__(self, host, port):
        self.address, self.process = (host, port), None

    def request(self, command, count):
        if self.process != os.getpid():
            self.socket, self.process = socket.create_connection(self.address, timeout=60), os.getpid()
            self.replies = self.socket.makefile("rb", buffering=1 << 20)
        self.socket.sendall(command)
        return [self.read() if (status := self.read()) == b"OK" else self.fail(status) for _ in range(count)]

    def read(self):
        line = self.replies.readline()
        return line[:-1] if line.endswith(b"\n") else self.fail(b"the server closed the connection")

    def fail(self, reason):
        self.process = None  # The next request has a new connection: other replies may follow.
        raise LookupError(reason.decode())

    def __len__(self):
        return int(self.request(b"COUNT\n", 1)[0])

    def __getitems__(self, indexes):
        """What a DataLoader calls for a batch: one round trip. The first index is 0, the first line 1."""
        numbers = [b"%d" % (index + 1) for index in indexes]
        return self.request(b"MGET %s\n" % b" ".join(numbers), len(numbers))


if __name__ == "__main__":
    lines = LineDataset(sys.argv[1], int(sys.argv[2])).__getitems__(map(int, sys.argv[3:]))
    sys.stdout.buffer.writelines(line + b"\n" for line in lines)

"""A map-style data set for PyTorch, over redis-py: python3 examples/dataset.py 127.0.0.1 10497 5 0 2"""

import os
import sys

import redis


class LineDataset:
    """The lines of a file, as bytes. DataLoader workers may be forked: each process has its own connection."""

    def __init__(self, host, port):
        self.address = {"host": host, "port": port}
        self.process = None
        self.length = self.connection().dbsize()

    def connection(self):
        if self.process != os.getpid():
            self.redis, self.process = redis.Redis(**self.address), os.getpid()
        return self.redis

    def __len__(self):
        return self.length

    def __getitem__(self, index):
        return self.__getitems__([index])[0]

    def __getitems__(self, indexes):
        """What a DataLoader calls for a batch: one round trip. The first index is 0, the first line 1."""
        return self.connection().mget([index + 1 for index in indexes])


if __name__ == "__main__":
    records = LineDataset(sys.argv[1], int(sys.argv[2]))
    print(len(records))
    for record in records.__getitems__([int(word) for word in sys.argv[3:]]):
        print(record.decode(errors="replace"))

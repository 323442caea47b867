"""Computes the values in crates/tasks/tests/it/streams.rs without any of this project's code.

The key of a stream is BLAKE3 over seed, length of the task's name, name, split and index; the stream is ChaCha with 8
rounds, a 64-bit block counter and a zero nonce; every draw takes the next 8 bytes, little endian.

    pip install blake3 && python crates/tasks/tests/golden/streams.py
"""

import struct

from blake3 import blake3

MASK = 0xFFFFFFFF


def rotate(word, bits):
    return ((word << bits) | (word >> (32 - bits))) & MASK


def quarter(state, a, b, c, d):
    for left, right, into, bits in ((a, b, d, 16), (c, d, b, 12), (a, b, d, 8), (c, d, b, 7)):
        state[left] = (state[left] + state[right]) & MASK
        state[into] = rotate(state[into] ^ state[left], bits)


def block(key, counter):
    constants = (0x61707865, 0x3320646E, 0x79622D32, 0x6B206574)
    start = [*constants, *struct.unpack("<8I", key), counter & MASK, counter >> 32, 0, 0]
    state = list(start)
    for _ in range(4):
        for column in range(4):
            quarter(state, column, 4 + column, 8 + column, 12 + column)
        for shift in range(4):
            quarter(state, shift, 4 + (shift + 1) % 4, 8 + (shift + 2) % 4, 12 + (shift + 3) % 4)
    return struct.pack("<16I", *((word + first) & MASK for word, first in zip(state, start)))


class Stream:
    def __init__(self, seed, task, split, index):
        name = task.encode()
        self.key = blake3(
            struct.pack("<QQ", seed, len(name)) + name + split.encode() + struct.pack("<Q", index)
        ).digest()
        self.position = 0

    def bits(self):
        counter, word = divmod(self.position, 8)
        self.position += 1
        return struct.unpack_from("<Q", block(self.key, counter), 8 * word)[0]

    def below(self, bound):
        """Multiply, keep the high half; reject the low halves that would make some values likelier."""
        while True:
            product = self.bits() * bound
            if product % 2**64 >= (2**64 - bound) % bound:
                return product >> 64

    def shuffled(self, count):
        items = list(range(count))
        for last in range(count - 1, 0, -1):
            other = self.below(last + 1)
            items[last], items[other] = items[other], items[last]
        return items


def held_out(kind, item):
    digest = blake3(b"ssl4rl target split" + kind.encode() + b"\0" + struct.pack("<Q", item)).digest()
    return struct.unpack_from("<Q", digest)[0] % 10 == 0


if __name__ == "__main__":
    for seed, task, split, index in (
        (0, "graph/edge-prediction", "train", 0),
        (1, "graph/edge-prediction", "train", 0),
        (0, "graph/edge-prediction", "held-out", 0),
        (0, "graph/edge-prediction", "train", 1),
        (2**64 - 1, "demo/é", "warm-start", 2**63),
    ):
        stream = Stream(seed, task, split, index)
        values = [stream.bits() for _ in range(20)]
        print((seed, task, split, index), [f"{value:#018x}" for value in values[:3]], f"20th {values[19]:#018x}")
    stream = Stream(7, "demo/draws", "train", 3)
    print("below 10:", [stream.below(10) for _ in range(12)])
    print("below 2^63 + 1:", [stream.below(2**63 + 1) for _ in range(3)])
    print("shuffled:", stream.shuffled(10))
    print("next bits:", f"{stream.bits():#018x}")
    print("held out:", [item for item in range(80) if held_out("node", item)])

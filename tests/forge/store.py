"""Forges a copy of nats-server's file store, as somebody with the disk in their hands could.

    store.py STORE flip POSITION               turn one bit of a payload; the checksum stays
    store.py STORE flip-after-crash POSITION   the same, and the server must read every block at its start
    store.py STORE change POSITION OLD NEW     other text of the same length, with a right checksum
    store.py STORE insert POSITION             a message more; those from there on move up by one
    store.py STORE remove POSITION             a message less; those after it move down by one
    store.py STORE hole POSITION               a message less; the others keep their places
    store.py STORE cut POSITION                nothing after this position

The format is that of nats-server 2.11 to 2.15 (server/filestore.go): a record is its length (4 bytes, the
highest bit: has headers), sequence (8), time (8), length of the subject (2), subject, length of the headers
(4, only with headers), headers, payload, HighwayHash-64 of all but the lengths (8). Little endian.
"""

import hashlib
import os
import pathlib
import struct
import sys

MASK = (1 << 64) - 1
HEADERS = 1 << 31


def turned(x):
    return ((x >> 32) | (x << 32)) & MASK


class Highway:
    """HighwayHash with 64 bits, after its reference implementation."""

    def __init__(self, key):
        k = struct.unpack("<4Q", key)
        self.m0 = [0xDBE6D5D5FE4CCE2F, 0xA4093822299F31D0, 0x13198A2E03707344, 0x243F6A8885A308D3]
        self.m1 = [0x3BD39E10CB0EF593, 0xC0ACF169B5F18A8C, 0xBE5466CF34E90C6C, 0x452821E638D01377]
        self.v0 = [m ^ k for m, k in zip(self.m0, k)]
        self.v1 = [m ^ turned(k) for m, k in zip(self.m1, k)]

    @staticmethod
    def mixed(v1, v0):
        first = (
            (((v0 & 0xFF000000) | (v1 & 0xFF00000000)) >> 24)
            | (((v0 & 0xFF0000000000) | (v1 & 0xFF000000000000)) >> 16)
            | (v0 & 0xFF0000)
            | ((v0 & 0xFF00) << 32)
            | ((v1 & 0xFF00000000000000) >> 8)
            | ((v0 << 56) & MASK)
        )
        second = (
            (((v1 & 0xFF000000) | (v0 & 0xFF00000000)) >> 24)
            | (v1 & 0xFF0000)
            | ((v1 & 0xFF0000000000) >> 16)
            | ((v1 & 0xFF00) << 24)
            | ((v0 & 0xFF000000000000) >> 8)
            | ((v1 & 0xFF) << 48)
            | (v0 & 0xFF00000000000000)
        )
        return first, second

    def update(self, lanes):
        for i in range(4):
            self.v1[i] = (self.v1[i] + self.m0[i] + lanes[i]) & MASK
            self.m0[i] ^= (self.v1[i] & 0xFFFFFFFF) * (self.v0[i] >> 32)
            self.v0[i] = (self.v0[i] + self.m1[i]) & MASK
            self.m1[i] ^= (self.v0[i] & 0xFFFFFFFF) * (self.v1[i] >> 32)
        for into, of in ((self.v0, self.v1), (self.v1, self.v0)):
            for i in (0, 2):
                first, second = self.mixed(of[i + 1], of[i])
                into[i] = (into[i] + first) & MASK
                into[i + 1] = (into[i + 1] + second) & MASK

    def sum(self, data):
        whole = len(data) // 32 * 32
        for at in range(0, whole, 32):
            self.update(struct.unpack_from("<4Q", data, at))
        rest = data[whole:]
        if rest:
            self.last(rest)
        for _ in range(4):
            self.update([turned(self.v0[i]) for i in (2, 3, 0, 1)])
        return struct.pack("<Q", (self.v0[0] + self.v1[0] + self.m0[0] + self.m1[0]) & MASK)

    def last(self, rest):
        size = len(rest)
        for i in range(4):
            self.v0[i] = (self.v0[i] + (size << 32) + size) & MASK
            low, high = self.v1[i] & 0xFFFFFFFF, self.v1[i] >> 32
            low = ((low << size) | (low >> (32 - size))) & 0xFFFFFFFF
            high = ((high << size) | (high >> (32 - size))) & 0xFFFFFFFF
            self.v1[i] = low | (high << 32)
        packet, fours, odd = bytearray(32), size & ~3, size & 3
        packet[:fours] = rest[:fours]
        if size & 16:
            packet[28:32] = rest[fours + odd - 4 : fours + odd]
        elif odd:
            packet[16], packet[17], packet[18] = rest[fours], rest[fours + (odd >> 1)], rest[fours + odd - 1]
        self.update(struct.unpack("<4Q", bytes(packet)))


class Record:
    """One record of a block, whole."""

    def __init__(self, block, raw):
        self.key = hashlib.sha256(b"CAREHUB-%d" % block).digest()
        length, self.sequence, self.time, subject = struct.unpack_from("<IQQH", raw)
        self.flags = length & HEADERS
        self.subject, rest = raw[22 : 22 + subject], raw[22 + subject : -8]
        self.lengths, self.body = (rest[:4], rest[4:]) if self.flags else (b"", rest)
        self.checksum = raw[-8:]

    def right_checksum(self):
        placed = struct.pack("<QQ", self.sequence, self.time)
        return Highway(self.key).sum(placed + self.subject + self.body)

    def bytes(self):
        tail = self.subject + self.lengths + self.body + self.checksum
        length = (22 + len(tail)) | self.flags
        return struct.pack("<IQQH", length, self.sequence, self.time, len(self.subject)) + tail


def read(path):
    block, raw, at, records = int(path.stem), path.read_bytes(), 0, []
    while at < len(raw):
        size = struct.unpack_from("<I", raw, at)[0] & ~HEADERS
        records.append(Record(block, raw[at : at + size]))
        at += size
    return records


def main(store, what, position, old="", new=""):
    position = int(position)
    (messages,) = pathlib.Path(store).glob("**/streams/CAREHUB/msgs")
    blocks = sorted(messages.glob("*.blk"), key=lambda path: int(path.stem))
    for path in blocks:
        records, kept = read(path), []
        for record in records:
            here = record.sequence == position
            if here:
                # Otherwise the format is another one, and nothing that follows means anything.
                assert record.checksum == record.right_checksum(), "another format"
            if what.startswith("flip") and here:
                record.body = record.body[:-3] + bytes([record.body[-3] ^ 1]) + record.body[-2:]
            if what == "change" and here:
                assert record.body.count(old.encode()) == 1 and len(old) == len(new), "no such text"
                record.body = record.body.replace(old.encode(), new.encode())
                record.checksum = record.right_checksum()
            if what in ("remove", "hole") and here or what == "cut" and record.sequence > position:
                continue
            if what == "insert" and here:
                forged = Record(int(path.stem), record.bytes())
                forged.time -= 1
                forged.checksum = forged.right_checksum()
                kept.append(forged)
            moved = {"insert": 1, "remove": -1}.get(what, 0)
            if moved and record.sequence >= position:
                record.sequence += moved
                record.checksum = record.right_checksum()
            kept.append(record)
        path.write_bytes(b"".join(record.bytes() for record in kept))
    if what != "flip":
        # The server's own summary: without it, it reads the blocks.
        (messages / "index.db").unlink(missing_ok=True)


main(*sys.argv[1:])

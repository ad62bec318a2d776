#!/usr/bin/env python3
"""Checks the file that `carehub prove` writes, with nothing but Python's own library.

    python3 verify_proof.py event-17.proof.json

It computes the message's leaf and the way to the root again and compares the root with the head's. It does
not check the head's Ed25519 signature: it prints what was signed, by which key, and the signature, for any
other tool. Exits with 0 when the message is in the log under the head, and with 1 when it is not.
"""

import base64
import hashlib
import json
import sys


def sha256(data):
    return hashlib.sha256(data).digest()


def sized(data):
    return len(data).to_bytes(4, "big") + data


def leaf(position, message):
    headers = sorted(message["headers"], key=lambda header: header[0].encode())
    data = b"\x00carehub-log-v1"
    data += position.to_bytes(8, "big") + int(message["time"]).to_bytes(8, "big", signed=True)
    data += sized(message["subject"].encode()) + len(headers).to_bytes(4, "big")
    for name, value in headers:
        data += sized(name.encode()) + sized(value.encode())
    return sha256(data + sized(bytes.fromhex(message["payload"])))


def root(position, size, node, path):
    """RFC 9162, section 2.1.3.2."""
    index, last = position - 1, size - 1
    if not 0 <= index <= last:
        return None
    for beside in path:
        if last == 0:
            return None
        if index & 1 or index == last:
            node = sha256(b"\x01" + beside + node)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            node = sha256(b"\x01" + node + beside)
        index, last = index >> 1, last >> 1
    return node if last == 0 else None


def main(path):
    with open(path, encoding="utf-8") as file:
        proof = json.load(file)
    assert proof["format"] == "carehub-proof-v1", "another format"
    head, inclusion, message = proof["head"], proof["inclusion"], proof.get("message")
    position = inclusion["position"]
    found = bytes.fromhex(proof["leaf"])
    if message is not None:
        if leaf(position, message) != found:
            return "the message is not the one whose leaf this is"
        if bytes.fromhex(message["payload"]).decode("utf-8", "replace") != message["text"]:
            return "the text is not the payload"
    way = [bytes.fromhex(beside) for beside in inclusion["path"]]
    reached = root(position, inclusion["size"], found, way)
    if inclusion["size"] != head["size"] or reached != bytes.fromhex(head["root"]):
        return "the message is not in the log under this head"
    lines = ["carehub-log-head-v1", head["stream"], str(head["size"]), head["root"]]
    lines += [head["previous"] or "-", head["recorded_at"]]
    # An nkey is base 32: a byte for its kind, 32 bytes of Ed25519, 2 bytes of checksum.
    key = base64.b32decode(head["key"])[1:33].hex()
    print(f"Position {position} is in the log {head['stream']} under its head of size {head['size']}.")
    print(f"Not checked here: the Ed25519 signature {head['signature']}")
    print(f"  by the key {head['key']} (32 bytes: {key})")
    print(f"  over the bytes {json.dumps(chr(10).join(lines) + chr(10))}")
    return None


if __name__ == "__main__":
    fault = main(*sys.argv[1:])
    if fault:
        sys.exit(f"It does not hold: {fault}.")

"""Packs records as the Kinesis Producer Library does."""
import hashlib


def varint(number):
    out = bytearray()
    while True:
        byte, number = number & 0x7F, number >> 7
        out.append(byte | (0x80 if number else 0))
        if not number:
            return bytes(out)


def field(number, data):
    return varint(number << 3 | 2) + varint(len(data)) + data


def pack(records):
    """records: (data, partition key, explicit hash key or None)"""
    keys = list(dict.fromkeys(key for _, key, _ in records))
    hashes = list(dict.fromkeys(one for _, _, one in records if one is not None))
    fields = [field(1, key.encode()) for key in keys]
    fields += [field(2, str(one).encode()) for one in hashes]
    for data, key, explicit in records:
        inner = varint(1 << 3) + varint(keys.index(key))
        if explicit is not None:
            inner += varint(2 << 3) + varint(hashes.index(explicit))
        fields.append(field(3, inner + field(3, data)))
    message = b"".join(fields)
    return b"\xF3\x89\x9A\xC2" + message + hashlib.md5(message).digest()

"""Reads the variables of a TensorFlow checkpoint without TensorFlow, which pins a numpy of its own.

A checkpoint is an index, a table of names and protocol buffers in LevelDB's format (tensor_bundle.proto,
table_format.md), and a file of numbers. Only what musicnn's checkpoints have is read: one file of little-endian 32-bit
floats, and blocks without compression.
"""

import struct
from collections.abc import Iterator
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

FOOTER = 48  # bytes
FLOAT = 1  # DT_FLOAT
Field = int | bytes


def read_checkpoint(folder: Path) -> dict[str, NDArray[np.float32]]:
    """Return the 32-bit variables of FOLDER/.index and FOLDER/.data-00000-of-00001 by name.

    Raises `ValueError` where a block is compressed.
    """
    index, numbers = (folder / ".index").read_bytes(), (folder / ".data-00000-of-00001").read_bytes()
    footer = index[-FOOTER:]
    at = 0
    for _ in range(2):  # the handle of an index of filters, which there is not
        _, at = _varint(footer, at)
    found = {}
    for _, handle in _block(index, footer[at:]):
        for name, entry in _block(index, handle):
            fields = dict(_fields(entry))
            if name and fields.get(1) == FLOAT:
                start, size = int(fields.get(4, 0)), int(fields[5])
                values = np.frombuffer(numbers[start : start + size], "<f4")
                found[name.decode()] = values.reshape(_shape(bytes(fields.get(2, b""))))
    return found


def _block(table: bytes, handle: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield the keys and values of the block that `handle` points to."""
    start, at = _varint(handle, 0)
    size, _ = _varint(handle, at)
    block = table[start : start + size]
    if table[start + size]:
        raise ValueError("a compressed block in the checkpoint's index")
    restarts = struct.unpack("<I", block[-4:])[0]
    end, at, key = len(block) - 4 - 4 * restarts, 0, b""
    while at < end:
        shared, at = _varint(block, at)
        own, at = _varint(block, at)
        length, at = _varint(block, at)
        key = key[:shared] + block[at : at + own]
        yield key, block[at + own : at + own + length]
        at += own + length


def _fields(message: bytes) -> Iterator[tuple[int, Field]]:
    """Yield numbers and values of a protocol buffer's fields."""
    at = 0
    while at < len(message):
        tag, at = _varint(message, at)
        kind = tag & 7
        if kind == 0:
            number, at = _varint(message, at)
            yield tag >> 3, number
            continue
        size, at = _varint(message, at) if kind == 2 else ({1: 8, 5: 4}[kind], at)
        yield tag >> 3, message[at : at + size]
        at += size


def _shape(message: bytes) -> list[int]:
    return [int(dict(_fields(bytes(value))).get(1, 0)) for number, value in _fields(message) if number == 2]


def _varint(data: bytes, at: int) -> tuple[int, int]:
    number = shift = 0
    while True:
        byte = data[at]
        number |= (byte & 127) << shift
        at, shift = at + 1, shift + 7
        if byte < 128:
            return number, at

"""Runs swin-run on the libraries of RunnerStub.c, and makes and reads its files."""
import math
import os
import struct
import subprocess
import zlib

from harness import BIN, CompileCase

STUBS = os.environ["SWIN_STUBS"]
CLASSES, MAPS, IMAGE, UPSCALE, PIXELS = (
    os.path.join(STUBS, f"lib{name}.so") for name in ["classes", "maps", "image", "upscale", "pixels"]
)


def npy(shape, values, descr="<f4"):
    """A file as numpy.save writes it."""
    sizes = "".join(f"{size}, " for size in shape).rstrip()
    head = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({sizes}), }}"
    head += " " * (63 - (10 + len(head)) % 64) + "\n"
    values = struct.pack(f"<{len(values)}f", *values)
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode() + values


def png(rows, missing=0):
    """A picture of (red, green, blue); so many bytes are missing at its end, before compression."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    lines = b"".join(b"\0" + b"".join(bytes(pixel) for pixel in row) for row in rows)
    head = chunk(b"IHDR", struct.pack(">IIBBBBB", len(rows[0]), len(rows), 8, 2, 0, 0, 0))
    data = chunk(b"IDAT", zlib.compress(lines[:len(lines) - missing]))
    return b"\x89PNG\r\n\x1a\n" + head + data + chunk(b"IEND", b"")


def read_npy(data):
    """Shape and values."""
    (size,) = struct.unpack("<H", data[8:10])
    head = data[10:10 + size].decode()
    shape = tuple(int(part) for part in head.split("(")[1].split(")")[0].split(",") if part.strip())
    return shape, list(struct.unpack(f"<{math.prod(shape)}f", data[10 + size:]))


def read_png(data):
    """Rows of pixels, each a tuple of its channels; every chunk's checksum and the end are checked."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed, kind = 8, b"", b""
    while kind != b"IEND":
        size, kind = struct.unpack(">I4s", data[at:at + 8])
        (check,) = struct.unpack(">I", data[at + 8 + size:at + 12 + size])
        assert check == zlib.crc32(data[at + 4:at + 8 + size])
        if kind == b"IHDR":
            width, height, depth, colour = struct.unpack(">IIBB", data[at + 8:at + 18])
        packed += data[at + 8:at + 8 + size] if kind == b"IDAT" else b""
        at += 12 + size
    assert at == len(data) and depth == 8
    channels = {0: 1, 2: 3}[colour]
    lines, above = zlib.decompress(packed), bytes(width * channels)
    stride, rows = width * channels + 1, []
    assert len(lines) == stride * height
    for y in range(height):
        line = bytearray(lines[y * stride + 1:(y + 1) * stride])
        for i in range(len(line)):
            left, corner = (line[i - channels], above[i - channels]) if i >= channels else (0, 0)
            near = min((left, above[i], corner), key=lambda value: abs(left + above[i] - corner - value))
            line[i] = (line[i] + (0, left, above[i], (left + above[i]) // 2, near)[lines[y * stride]]) % 256
        above = bytes(line)
        rows.append([tuple(line[i:i + channels]) for i in range(0, len(line), channels)])
    return rows


class RunCase(CompileCase):
    def run_model(self, *arguments, environment=None):
        return subprocess.run([os.path.join(BIN, "swin-run"), *arguments], cwd=self.folder, capture_output=True,
                              text=True, env=environment or self.environment())  # fmt: skip

    def output(self, *arguments):
        done = self.run_model(*arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        return done.stdout

    def fails(self, status, *arguments):
        """Error lines of a run that must leave everything as it was."""
        before = self.left()
        done = self.run_model(*arguments)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.assertEqual(self.left(), before)
        return done.stderr.splitlines()

    def write_bytes(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return read_npy(file.read())

    def image(self, name, n=1, h=2, w=2, first=None):
        """An array; its channels are 0.25, 0.5, 0.75 in the first image, each next has 1 more."""
        values = [c / 4 + i for i in range(n) for c in [1, 2, 3] for _ in range(h * w)]
        self.write_bytes(name, npy([n, 3, h, w], values if first is None else [first] + values[1:]))

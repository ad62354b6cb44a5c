#!/usr/bin/env python3
"""Around the upscaling example: a photograph to half its size and back, and how near to it that comes.

Needs only Python's standard library. The half is made as for training: a bicubic filter that covers all pixels which
fall into one, values 0 to 1 that are not rounded.

  upscale.py halve   PHOTO.png HALF.npy             1 x 3 x h x w, float32
  upscale.py compare PHOTO.png HALF.npy LARGE.npy [--picture SIDES.png] [--expect PSNR]
                                                    PSNR of LARGE.npy, 1 x 3 x 2h x 2w, beside that of bicubic
                                                    interpolation; SIDES.png shows a part of both and of the photograph
"""
import argparse
import array
import math
import os
import struct
import sys
import zlib

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "digits"))
from digits import Canvas, read_npy, write_npy  # noqa: E402


def read_png(path):
    """(height, width, three planes of values 0 to 1) of an RGB picture of 8 bits that is not interlaced."""
    with open(path, "rb") as file:
        data = file.read()
    at, packed = 8, b""
    while at < len(data):
        size, kind = struct.unpack(">I4s", data[at : at + 8])
        body = data[at + 8 : at + 8 + size]
        if kind == b"IHDR":
            width, height, *form = struct.unpack(">IIBBBBB", body)
            if form != [8, 2, 0, 0, 0]:
                raise ValueError(f"{path}: expected RGB of 8 bits, not interlaced")
        packed += body if kind == b"IDAT" else b""
        at += 12 + size
    lines, stride = zlib.decompress(packed), 3 * width
    planes = [array.array("f") for _ in range(3)]
    above = bytearray(stride)
    for y in range(height):
        start = y * (stride + 1)
        line = unfilter(lines[start], bytearray(lines[start + 1 : start + 1 + stride]), above)
        for c in range(3):
            planes[c].extend(value / 255 for value in line[c::3])
        above = line
    return height, width, planes


def unfilter(kind, line, above):
    """A row of a PNG file of three channels from what is stored of it."""
    for i in range(len(line) if kind else 0):
        left, up, corner = (line[i - 3], above[i], above[i - 3]) if i >= 3 else (0, above[i], 0)
        if kind == 4:
            guess = left + up - corner
            _, _, guess = min((abs(guess - value), order, value) for order, value in enumerate((left, up, corner)))
        else:
            guess = (0, left, up, (left + up) // 2)[kind]
        line[i] = (line[i] + guess) & 255
    return line


def cubic(x, a):
    x = abs(x)
    if x < 1:
        return ((a + 2) * x - (a + 3)) * x * x + 1
    return (((x - 5) * x + 8) * x - 4) * a if x < 2 else 0.0


def halving(size):
    """[(first, weights)]: pixels that each pixel of half the size is made of; what lies outside is left out."""
    taps = []
    for i in range(size // 2):
        center = 2 * (i + 0.5)
        first, last = max(int(center - 3.5), 0), min(int(center + 4.5), size)
        weights = [cubic((k - center + 0.5) / 2, -0.5) for k in range(first, last)]
        taps.append((first, [weight / sum(weights) for weight in weights]))
    return taps


def doubling(size):
    """The same for twice the size; pixels outside are those of the edge, as weights of it."""
    taps = []
    for i in range(2 * size):
        at = (i + 0.5) / 2 - 0.5
        base = math.floor(at)
        found = {}
        for k in range(base - 1, base + 3):
            inside = min(max(k, 0), size - 1)
            found[inside] = found.get(inside, 0.0) + cubic(at - k, -0.75)
        taps.append((min(found), [found[k] for k in sorted(found)]))
    return taps


def resample(plane, height, width, taps_of):
    """(height, width, values between 0 and 1) of one channel, columns first."""
    rows = [plane[y * width : (y + 1) * width] for y in range(height)]
    across = taps_of(width)
    rows = [[sum(w * v for w, v in zip(weights, row[first:])) for first, weights in across] for row in rows]
    result = array.array("f")
    for first, weights in taps_of(height):
        columns = zip(*rows[first : first + len(weights)])
        result.extend(min(max(sum(w * v for w, v in zip(weights, column)), 0.0), 1.0) for column in columns)
    return len(result) // len(across), len(across), result


def evened(height, width, planes):
    """Without the last row or column of an odd size."""
    even_height, even_width = height // 2 * 2, width // 2 * 2
    for c in range(3):
        kept = array.array("f")
        for y in range(even_height):
            kept.extend(planes[c][y * width : y * width + even_width])
        planes[c] = kept
    return even_height, even_width, planes


def psnr(planes, others):
    """Decibels below a difference of the whole range."""
    squares = sum((a - b) ** 2 for plane, other in zip(planes, others) for a, b in zip(plane, other))
    return -10 * math.log10(squares / sum(map(len, planes)))


def read_planes(path):
    shape, values = read_npy(path)
    if len(shape) != 4 or shape[:2] != (1, 3):
        raise ValueError(f"{path}: expected 1 x 3 x height x width, found {shape}")
    size = shape[2] * shape[3]
    limited = array.array("f", (min(max(value, 0.0), 1.0) for value in values))
    return shape[2], shape[3], [limited[c * size : (c + 1) * size] for c in range(3)]


def show(path, pictures, height, width, part=(0.22, 0.27, 0.36, 0.3), zoom=3, gap=6):
    """The same part of several pictures side by side; `part` is top, left, height and width of the whole."""
    top, left, rows, columns = (int(share * size) for share, size in zip(part, (height, width) * 2))
    canvas = Canvas(len(pictures) * (columns * zoom + gap) - gap, rows * zoom)
    for place, planes in enumerate(pictures):
        for y in range(rows):
            for x in range(columns):
                at = (top + y) * width + left + x
                colour = tuple(round(255 * plane[at]) for plane in planes)
                canvas.rectangle(place * (columns * zoom + gap) + x * zoom, y * zoom, zoom, zoom, colour)
    canvas.save(path)


def compare(options):
    height, width, photo = evened(*read_png(options.photo))
    half_height, half_width, half = read_planes(options.half)
    large_height, large_width, large = read_planes(options.large)
    if (height, width) != (large_height, large_width) or (height, width) != (2 * half_height, 2 * half_width):
        print(f"{options.large} is {large_height} x {large_width} pixels, the photograph {height} x {width}")
        return 1
    bicubic = [resample(plane, half_height, half_width, doubling)[2] for plane in half]
    found = psnr(large, photo)
    print(f"PSNR against the photograph: {found:.3f} dB, bicubic interpolation {psnr(bicubic, photo):.3f} dB")
    if options.picture:
        show(options.picture, [bicubic, large, photo], height, width)
    if options.expect is None or abs(found - options.expect) <= 0.001:
        return 0
    print(f"expected {options.expect} dB")
    return 1


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["halve", "compare"])
    parser.add_argument("photo")
    parser.add_argument("half", help="HALF.npy to write, or to read")
    parser.add_argument("large", nargs="?", help="LARGE.npy, what the model made of HALF.npy")
    parser.add_argument("--picture", help="a picture of the three to write")
    parser.add_argument("--expect", type=float, help="fail unless it is so many decibels, to 0.001")
    options = parser.parse_args()
    if options.action == "halve":
        height, width, photo = evened(*read_png(options.photo))
        halves = [resample(plane, height, width, halving) for plane in photo]
        write_npy(options.half, (1, 3, *halves[0][:2]), sum((half for _, _, half in halves), array.array("f")))
        return 0
    if not options.large:
        parser.error("compare needs LARGE.npy")
    return compare(options)


if __name__ == "__main__":
    sys.exit(main())

#!/usr/bin/env python3
"""Around the digits example: test scans to .npy, answers to a count and to a picture.

Needs only Python's standard library. Scans, labels and timm's own logits lie in digits_test.safetensors.

  digits.py images SCANS.safetensors IMAGES.npy     the scans, N x 1 x 32 x 32, float32
  digits.py count  SCANS.safetensors LOGITS.npy [--expect N]
  digits.py picture SCANS.safetensors LOGITS.npy PICTURE.png
"""
import argparse
import array
import ast
import json
import math
import struct
import sys
import zlib


def read_safetensors(path):
    """{name: (shape, flat array)} of the F32 and I64 tensors of a file."""
    with open(path, "rb") as file:
        (length,) = struct.unpack("<Q", file.read(8))
        header = json.loads(file.read(length))
        data = file.read()
    tensors = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            values = array.array({"F32": "f", "I64": "q"}[entry["dtype"]])
            values.frombytes(data[begin:end])
            tensors[name] = (entry["shape"], values)
    return tensors


def write_npy(path, shape, values):
    header = repr({"descr": "<f4", "fortran_order": False, "shape": tuple(shape)})
    header += " " * (-(10 + len(header) + 1) % 64) + "\n"
    with open(path, "wb") as file:
        file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + values.tobytes())


def read_npy(path):
    """(shape, flat array) of a float32 array in C order."""
    with open(path, "rb") as file:
        magic = file.read(8)
        if magic[:6] != b"\x93NUMPY":
            raise ValueError(f"{path} is not a .npy file")
        size, form = (2, "<H") if magic[6] == 1 else (4, "<I")
        (length,) = struct.unpack(form, file.read(size))
        header = ast.literal_eval(file.read(length).decode("latin1"))
        if header["descr"] != "<f4" or header["fortran_order"]:
            raise ValueError(f"{path}: expected float32 in C order, found {header}")
        values = array.array("f")
        values.frombytes(file.read())
    if len(values) != math.prod(header["shape"]):
        raise ValueError(f"{path} is truncated")
    return header["shape"], values


def rows(tensor):
    (count, width), values = tensor
    return [values[i * width : (i + 1) * width] for i in range(count)]


def answers(logits):
    """[(class, probability)] of each row."""
    result = []
    for row in rows(logits):
        top = max(row)
        result.append((row.index(top), 1 / sum(math.exp(value - top) for value in row)))
    return result


def count(scans, logits, expect):
    labels = list(scans["labels"][1])
    ours = [answer for answer, _ in answers(logits)]
    timm = [answer for answer, _ in answers(scans["logits"])]
    if len(ours) != len(labels):
        print(f"{len(ours)} answers for {len(labels)} scans")
        return 1
    right = sum(a == b for a, b in zip(ours, labels))
    timm_right = sum(a == b for a, b in zip(timm, labels))
    difference = max(abs(a - b) for a, b in zip(logits[1], scans["logits"][1]))
    same = ours == timm
    print(f"{right} of {len(labels)} right, " + ("as in timm" if same else f"but timm has {timm_right}"))
    print(f"largest difference from timm's logits: {difference:.1e}")
    return 0 if same and (expect is None or right == expect) else 1


# ---- the picture -----------------------------------------------------------------------------------------------

GLYPHS = {  # 3 x 5 dots, one octal digit per line
    "0": "75557", "1": "26227", "2": "71747", "3": "71717", "4": "55711",
    "5": "74717", "6": "74757", "7": "71111", "8": "75757", "9": "75717", "%": "51245",
}  # fmt: skip
BACKGROUND, INK, GOOD, BAD = (250, 250, 248), (70, 70, 70), (22, 120, 60), (200, 40, 40)


class Canvas:
    def __init__(self, width, height):
        self.width, self.height = width, height
        self.pixels = bytearray(bytes(BACKGROUND) * (width * height))

    def rectangle(self, x, y, width, height, colour):
        line = bytes(colour) * width
        for row in range(y, y + height):
            start = 3 * (row * self.width + x)
            self.pixels[start : start + len(line)] = line

    def text(self, x, y, text, colour, dot):
        for character in text:
            for row, bits in enumerate(GLYPHS[character]):
                for column in range(3):
                    if int(bits, 8) >> (2 - column) & 1:
                        self.rectangle(x + column * dot, y + row * dot, dot, dot, colour)
            x += 4 * dot

    def save(self, path):
        stride = 3 * self.width
        lines = b"".join(b"\0" + self.pixels[y * stride : (y + 1) * stride] for y in range(self.height))

        def chunk(kind, data):
            return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

        header = struct.pack(">IIBBBBB", self.width, self.height, 8, 2, 0, 0, 0)
        with open(path, "wb") as file:
            file.write(b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(lines, 9)))
            file.write(chunk(b"IEND", b""))


def picture(scans, logits, path, columns=9, lines=3, zoom=2):
    """Scans with our answer and its probability below; wrong ones are red, the true digit beside them."""
    (_, _, height, width), images = scans["images"]
    labels = scans["labels"][1]
    found = answers(logits)
    wrong = [i for i, (answer, _) in enumerate(found) if answer != labels[i]]
    right = [i for i, (answer, _) in enumerate(found) if answer == labels[i]]
    chosen = (right[: columns * lines - len(wrong)] + wrong)[: columns * lines]
    margin, caption = 10, 26
    step_x, step_y = width * zoom + margin, height * zoom + caption + margin
    canvas = Canvas(columns * step_x + margin, lines * step_y + margin)
    for place, scan in enumerate(chosen):
        x, y = margin + place % columns * step_x, margin + place // columns * step_y
        base = scan * height * width
        for row in range(height):
            for column in range(width):
                value = 255 - round(255 * min(1.0, max(0.0, images[base + row * width + column])))
                canvas.rectangle(x + column * zoom, y + row * zoom, zoom, zoom, (value,) * 3)
        answer, probability = found[scan]
        good = answer == labels[scan]
        canvas.text(x + 2, y + height * zoom + 5, str(answer), GOOD if good else BAD, 4)
        if good:
            canvas.text(x + 26, y + height * zoom + 15, f"{100 * probability:.0f}%", INK, 2)
        else:
            canvas.text(x + 26, y + height * zoom + 15, f"{100 * probability:.0f}%", BAD, 2)
            canvas.text(x + 54, y + height * zoom + 5, str(labels[scan]), INK, 2)
    canvas.save(path)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("action", choices=["images", "count", "picture"])
    parser.add_argument("scans")
    parser.add_argument("array", help="IMAGES.npy to write, or LOGITS.npy to read")
    parser.add_argument("picture", nargs="?")
    parser.add_argument("--expect", type=int, help="fail unless exactly so many are right")
    options = parser.parse_args()
    scans = read_safetensors(options.scans)
    if options.action == "images":
        write_npy(options.array, *scans["images"])
        return 0
    logits = read_npy(options.array)
    if options.action == "count":
        return count(scans, logits, options.expect)
    if not options.picture:
        parser.error("picture needs a file to write")
    picture(scans, logits, options.picture)
    return 0


if __name__ == "__main__":
    sys.exit(main())

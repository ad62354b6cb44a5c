"""swin-compile --show attention: weights and places, against softmax by hand of what --dump-layers says."""
import json
import math
import os
import re
import struct
import unittest

from harness import DIGITS, ROOT, WEIGHTS, CompileCase
from running import read_png

FIVE = os.path.join(ROOT, "examples/classify-c/five.png")
PATCH, SIDE, WINDOW = 2, 16, 4  # pixels of a token, tokens of the map and of a window in stage 1
LINE = re.compile(r" +([\d.]+) %  rows (\d+) to (\d+), columns (\d+) to (\d+)")


def tensors(path):
    """Names to shapes and values of a safetensors file of float32."""
    with open(path, "rb") as file:
        data = file.read()
    (size,) = struct.unpack("<Q", data[:8])
    found = {}
    for name, entry in json.loads(data[8:8 + size]).items():
        if name != "__metadata__" and entry["dtype"] == "F32":
            begin, end = (8 + size + at for at in entry["data_offsets"])
            found[name] = entry["shape"], struct.unpack(f"<{(end - begin) // 4}f", data[begin:end])
    return found


def weights_of(qkv, table, heads, head, shift, window):
    """softmax(q k / sqrt(d) + bias + mask) of one window's tokens, row by row, and the tokens' places in the map."""
    (_, rows, columns, tokens, channels), values = qkv
    begin = (window[0] * columns + window[1]) * tokens * channels
    width = channels // 3 // heads
    place = [[((w * WINDOW + part) + shift) % SIDE for w, part in zip(window, divmod(t, WINDOW))]
             for t in range(tokens)]  # fmt: skip
    # What came around the edge is another region.
    region = [[w == n - 1 and part >= WINDOW - shift for w, n, part in zip(window, (rows, columns), divmod(t, WINDOW))]
              for t in range(tokens)]  # fmt: skip

    def vector(t, third):
        at = begin + t * channels + third * channels // 3 + head * width
        return values[at:at + width]

    result = []
    for a in range(tokens):
        scores = []
        for b in range(tokens):
            dy, dx = (p - q + WINDOW - 1 for p, q in zip(divmod(a, WINDOW), divmod(b, WINDOW)))
            score = sum(q * k for q, k in zip(vector(a, 0), vector(b, 1))) / math.sqrt(width)
            score += table[(dy * (2 * WINDOW - 1) + dx) * heads + head] - 100 * (region[a] != region[b])
            scores.append(math.exp(score))
        result.append([score / sum(scores) for score in scores])
    return result, place


class ShowAttention(CompileCase):
    def show(self, where, *more):
        return self.good(DIGITS, "--weights", WEIGHTS, "--show", "attention:" + where, "--input", FIVE, "-o", "a.png",
                         *more)  # fmt: skip

    def picture(self):
        with open(self.path("a.png"), "rb") as file:
            return read_png(file.read())

    def check(self, printed, weights, places):
        found = [LINE.fullmatch(line) for line in printed.splitlines()[1:6]]
        best = sorted(range(len(weights)), key=lambda t: -weights[t])[:5]
        for t, line in zip(best, found):
            y, x = places[t]
            self.assertAlmostEqual(float(line[1]), 100 * weights[t], delta=0.006)
            if weights[t] > 1e-3:
                self.assertEqual([int(line[k]) for k in range(2, 6)],
                                 [PATCH * y, PATCH * y + PATCH - 1, PATCH * x, PATCH * x + PATCH - 1])  # fmt: skip

    def check_window(self, places):
        """All but the window is dimmed: 0.38 of the picture and 0.62 of the ground."""
        with open(FIVE, "rb") as file:
            image = read_png(file.read())
        rows = self.picture()
        self.assertEqual(len(rows[0]), 384)
        inside = {(y, x) for y, x in places}
        for y in range(32):
            for x in range(32):
                drawn, (gray,) = rows[12 * y + 6][12 * x + 6], image[y][x]
                dimmed = tuple(round(0.38 * gray + 0.62 * ground) for ground in (16, 20, 24))
                is_dimmed = all(abs(a - b) <= 1 for a, b in zip(drawn, dimmed))
                self.assertEqual(is_dimmed, (y // PATCH, x // PATCH) not in inside, (y, x))

    def test_weights_and_places(self):
        self.good(DIGITS, "--weights", WEIGHTS, "--dump-layers", "layers.safetensors", "--input", FIVE)
        layers, weights = tensors(self.path("layers.safetensors")), tensors(WEIGHTS)

        def expected(block, head, shift, window):
            name = f"layers.0.blocks.{block}.attn"
            table = next(values for key, (_, values) in weights.items() if key.endswith(
                f"{block}.attn.relative_position_bias_table") and "layers.0." in key)  # fmt: skip
            return weights_of(layers[name + ".qkv"], table, 2, head, shift, window)

        # The token at the lower right corner of a block that is not shifted.
        found, places = expected(0, 1, 0, (3, 3))
        printed = self.show("stage1.block1.head2", "--at", "31,31")
        self.assertTrue(printed.startswith(
            "layers.0.blocks.0.attn, head 2: the token at rows 30 to 31, columns 30 to 31\n"))  # fmt: skip
        self.check(printed, found[15], places)
        self.check_window(places)
        # Of a shifted one its window lies in all four corners, and it sees none of the others.
        found, places = expected(1, 0, 2, (3, 3))
        printed = self.show("layers.0.blocks.1.attn.head1", "--at=31,31")
        self.check(printed, found[5], places)
        self.check_window(places)
        self.assertEqual({tuple(place) for place in places}, {(y, x) for y in (14, 15, 0, 1) for x in (14, 15, 0, 1)})
        # The mean of heads and of the tokens of the window in the middle.
        both = [expected(0, head, 0, (2, 2))[0] for head in range(2)]
        printed = self.show("stage1.block1")
        self.assertIn("mean of 2 heads: all tokens of the window around rows 16 to 17, columns 16 to 17\n", printed)
        mean = [sum(rows[a][b] for rows in both for a in range(16)) / 32 for b in range(16)]
        self.check(printed, mean, expected(0, 0, 0, (2, 2))[1])
        self.assertTrue(printed.endswith("6.25 %  would be the part of each of 16 tokens\n"))
        self.assertEqual(self.left(), ["a.png", "layers.safetensors"])

    def test_padding(self):
        # 20 x 20 pixels are 10 x 10 tokens, whose last window has two rows and columns of padding, which is not drawn.
        self.write_array("small.npy", 20)
        printed = self.good(DIGITS, "--weights", WEIGHTS, "--show", "attention:stage1.block1.head1", "--input",
                            "small.npy", "--at", "19,19", "-o", "a.png")  # fmt: skip
        parts = {line[1]: float(line[0]) for line in (text.split(" %  ") for text in printed.splitlines()[1:])}
        self.assertGreater(parts["padding"], 1)
        self.assertEqual(len([name for name in parts if name.startswith("rows")]), 4)
        self.assertAlmostEqual(sum(parts.values()) - 6.25, 100, delta=0.05)

    def write_array(self, name, side):
        head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, {side}, {side}), }}".ljust(117) + "\n"
        with open(self.path(name), "wb") as file:
            file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode())
            file.write(struct.pack(f"<{side * side}f", *(i % 17 / 16 for i in range(side * side))))

    def test_what_is_wrong(self):
        base = [DIGITS, "--weights", WEIGHTS, "--input", FIVE, "-o", "a.png"]
        for arguments, status, expected in [
            ([*base, "--show", "attention:stage0.block1"], 1, "expected attention:stageS.blockB.headH or "),
            ([*base, "--show", "top5"], 1, "expected attention:stageS.blockB.headH or "),
            ([*base, "--show", "attention:stage1.block1", "--at", "3"], 1, "expected the row and the column of"),
            ([*base, "--at", "3,4"], 1, "goes with --show WHAT"),
            ([*base[:5], "--show", "attention:stage1.block1"], 1, "needs -o OUT.png: where the picture goes"),
            ([*base[:3], *base[5:], "--show", "attention:stage1.block1"], 1, "needs --input FILE"),
            ([*base[:-1], "a.jpg", "--show", "attention:stage1.block1"], 1, "--show makes a .png file"),
            ([*base, "--emit", "lib", "--show", "attention:stage1.block1"], 1, "does not go with --emit lib"),
            ([*base, "--show", "attention:stage3.block1"], 2,
             "no attention is there; the model's layers with attention are: layers.0.blocks.0.attn, layers.0."),
            ([*base, "--show", "attention:stage1.block1.head3"], 2, "expected a head from 1 to 2"),
            ([*base, "--show", "attention:stage1.block1", "--at", "32,0"], 2,
             "--at is outside of the image, which has 32 x 32 pixels"),
            ([*base[:-1], "none/a.png", "--show", "attention:stage1.block1"], 2, "none/a.png"),
        ]:  # fmt: skip
            with self.subTest(" ".join(arguments[5:])):
                done = self.compile(*arguments)
                self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
                self.assertIn(expected, done.stderr)
                self.assertEqual(self.left(), [])


if __name__ == "__main__":
    unittest.main()

"""swin-run --show on models that are written by hand: what is drawn where, and what cannot be shown."""
import base64
import math
import unittest
import xml.etree.ElementTree as ElementTree

from running import CLASSES, IMAGE, MAPS, UPSCALE, RunCase, npy, png, read_png

HELP = "swin-run: --help lists what can be given"


class Show(RunCase):
    def setUp(self):
        super().setUp()
        self.write_bytes("red.png", png([[(255, 0, 0)] * 9] * 8))

    def made(self, name):
        with open(self.path(name), "rb") as file:
            return read_png(file.read())

    def test_top5(self):
        self.assertEqual(self.output(CLASSES, "red.png", "--show", "top5", "-o", "out.png"), "")
        rows = self.made("out.png")
        self.assertEqual((len(rows), len(rows[0])), (384, 432))  # each pixel is 48 x 48
        # Normalised the means are 1, -1, -2: the softmax of those, their negatives and 0.
        parts = [math.exp(value) for value in [1, -1, -2, -1, 1, 2, 0]]
        best = sorted(parts, reverse=True)[:5]
        lines = [y for y in range(384) if rows[y][0] != (255, 0, 0)]
        top, height = lines[0], len(lines)
        self.assertEqual((top + height, height % 5), (384, 0))
        self.assertTrue(all(row == [(255, 0, 0)] * 432 for row in rows[:top]))
        for i, part in enumerate(best):
            with self.subTest(i):
                line = rows[top + i * height // 5]
                ground, bar = line[-1], line[0]
                self.assertLess(sum(ground), 200)
                width = sum(pixel == bar for pixel in line)
                self.assertEqual(line, [bar] * width + [ground] * (432 - width))
                self.assertAlmostEqual(width, 432 * part / sum(parts), delta=0.5)
                text = {pixel for row in rows[top + i * height // 5:top + (i + 1) * height // 5] for pixel in row}
                self.assertIn((255, 255, 255), text)
        first = open(self.path("out.png"), "rb").read()
        self.output(CLASSES, "red.png", "--show=top5", "-o", "out.png", "--threads", "1")
        self.assertEqual(open(self.path("out.png"), "rb").read(), first)

    def test_top5_of_a_large_picture(self):
        self.write_bytes("wide.png", png([[(x % 256, 40, 0) for x in range(1000)] for _ in range(400)]))
        self.output(CLASSES, "wide.png", "--show", "top5", "-o", "out.png")
        rows = self.made("out.png")
        self.assertEqual((len(rows), len(rows[0])), (400, 1000))
        self.assertEqual(rows[0], [(x % 256, 40, 0) for x in range(1000)])

    def test_stages(self):
        # Tokens are every second pixel: red at the left, green at the right.
        values = [float(c == (x >= 4)) for c in range(3) for y in range(8) for x in range(8)]
        self.write_bytes("a.npy", npy([1, 3, 8, 8], values))
        self.output(MAPS, "a.npy", "--show", "stages", "-o", "maps")
        self.assertEqual(self.left(), ["a.npy", "maps", "maps/stage1.png", "red.png"])
        rows = self.made("maps/stage1.png")
        self.assertEqual(rows, [[(255, 128, 128)] * 192 + [(0, 128, 128)] * 192] * 384)
        self.write_bytes("b.npy", npy([2, 3, 8, 8], 2 * values))
        self.assertEqual(self.fails(2, MAPS, "b.npy", "--show", "stages", "-o", "new"),
                         ["new/stage1.png: error: is for one image, the output is 2 x 4 x 4 x 3"])  # fmt: skip

    def test_slider(self):
        pixels = [[(9 * x, 200 - 30 * y, 40) for x in range(7)] for y in range(5)]
        self.write_bytes("a&b.png", png(pixels))
        self.output(UPSCALE, "a&b.png", "--show", "slider", "-o", "page.html")
        with open(self.path("page.html")) as file:
            page = ElementTree.fromstring(file.read())
        self.assertEqual(page.find("head/title").text, "a&b.png, enlarged by stub")
        pictures = {image.get("class"): image for image in page.iter("img")}
        self.assertEqual(set(pictures), {"left", "right"})
        found = {}
        for name, image in pictures.items():
            kind, data = image.get("src").split(",")
            self.assertEqual((kind, image.get("width"), image.get("height")), ("data:image/png;base64", "14", "10"))
            found[name] = read_png(base64.b64decode(data, validate=True))
        self.assertEqual(found["right"], [[p for p in row for _ in range(2)] for row in pixels for _ in range(2)])
        self.assertNotEqual(found["left"], found["right"])
        self.assertTrue(all(abs(a - b) <= 20 for rows in zip(found["left"], found["right"])
                            for pair in zip(*rows) for a, b in zip(*pair)))  # fmt: skip
        self.assertEqual(page.find(".//input").get("type"), "range")
        # Nothing comes from elsewhere.
        self.assertEqual([key for part in page.iter() for key in part.attrib if key in ("href", "srcset")], [])
        # A model that leaves the size as it is.
        self.write_bytes("even.png", png([[(1, 2, 3)] * 8] * 6))
        self.output(IMAGE, "even.png", "--show", "slider", "-o", "page.html")
        with open(self.path("page.html")) as file:
            page = file.read()
        self.assertIn("even.png, restored by ", page)
        self.assertNotIn("bicubic", page)

    def test_what_cannot_be_shown(self):
        self.image("a.npy")
        for model, arguments, expected in [
            (CLASSES, ["red.png", "--show", "top6", "-o", "a.png"],
             "argument 3 '--show': 'top6' is none of: top5 stages slider"),
            (CLASSES, ["red.png", "--show", "top5"], "argument 3 '--show': needs -o OUT: where the picture goes"),
            (CLASSES, ["red.png", "--show", "top5", "-o", "a.npy"],
             "argument 5 '-o': --show top5 makes a .png file"),
            (IMAGE, ["red.png", "--show", "slider", "-o", "a.png"],
             "argument 5 '-o': --show slider makes a .html file"),
            (MAPS, ["a.npy", "--show", "stages", "-o", "a.png"],
             "argument 5 '-o': --show stages makes a folder with a .png file of each stage"),
            (CLASSES, ["a.npy", "--show", "top5", "-o", "a.png"],
             "argument 2 'a.npy': --show top5 draws on a picture: expected .png or .jpg"),
            (CLASSES, ["red.png", "red.png", "--show", "top5", "-o", "a.png"],
             "argument 2 'red.png': --show takes one INPUT, there are 2"),
            (UPSCALE, ["red.png", "--tile", "8", "--show", "slider", "-o", "a.html"],
             "argument 3 '--tile': does not go with --show"),
            (UPSCALE, ["red.png", "--show", "top5", "-o", "a.png"],
             "--show 'top5': is for models that classify: expected an output 'logits', this library's are: image"),
            (CLASSES, ["red.png", "--show", "slider", "-o", "a.html"],
             "--show 'slider': is for models that make pictures, this library's outputs are: logits"),
            (CLASSES, ["red.png", "--show", "stages", "-o", "new"],
             "--show 'stages': needs maps of stages, this library's outputs are: logits; "
             "swin-compile --outputs stage1,stage2 makes one that has them"),
        ]:  # fmt: skip
            with self.subTest(" ".join(arguments)):
                self.assertEqual(self.fails(1, model, *arguments), ["swin-run: error: " + expected, HELP])
        self.assertEqual(self.fails(2, CLASSES, "red.png", "--show", "top5", "-o", "none/a.png")[0].split(":")[:2],
                         ["none/a.png", " error"])  # fmt: skip


if __name__ == "__main__":
    unittest.main()

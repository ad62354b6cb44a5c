"""--report FILE.html of swin-compile: the page is whole and well-formed, and each number is the report's."""
import json
import os
import re
import struct
import subprocess
import unittest
import xml.etree.ElementTree as ElementTree

from harness import CompileCase, DIGITS, ROOT, WEIGHTS

HTML = "{http://www.w3.org/1999/xhtml}"
UPSCALE = os.path.join(ROOT, "examples/upscale/swinir_x2.json")
CONVOLUTIONS = os.path.join(ROOT, "examples/conv-swin/conv_swin.json")
PREFIXES = {"k": 1e3, "M": 1e6, "G": 1e9, "T": 1e12}


def at(data, path):
    """The value at "kernels/3/macs"; keys may hold anything but slashes."""
    for part in path.split("/"):
        data = data[int(part)] if isinstance(data, list) else data[part]
    return data


def elements(shape):
    count = 1
    for size in shape:
        count *= size
    return count


def unwritten(data, call):
    return sum(4 * elements(data["graph"]["ops"][op]["shape"]) for op in call["ops"][:-1])


def bound(data, timed):
    """Milliseconds: docs/Contract.md, `of_bound`."""
    profile = data["profile"]
    return max(timed["macs"] / profile["peak_gmacs"], timed["bytes"] / profile["bandwidth_gb"]) / 1e6


def remarks(data, key):
    missed = [one for one in data["remarks"] if one["kind"] == "missed"]
    return sum(f"{one['pass']}|{one['reason']}" == key for one in missed)


# How numbers are made that are not in the JSON: of the data and what data-of says.
RULES = {
    "count": lambda data, of: len(at(data, of)),
    "intensity": lambda data, of: at(data, of)["macs"] / at(data, of)["bytes"],
    "bound_ms": lambda data, of: bound(data, at(data, of)),
    "of_peak": lambda data, of: at(data, of)["macs"] / data["profile"]["peak_gmacs"] / 1e6 / at(data, of)["ms_min"],
    "object_bytes": lambda data, of: sum(one["bytes"] for one in at(data, of)["objects"]),
    "values_bytes": lambda data, of: sum(one["bytes"] for one in at(data, of)),
    "unwritten_bytes": lambda data, of: (
        sum(unwritten(data, call) for call in data["calls"]) if of == "calls" else unwritten(data, at(data, of))
    ),
    "remarks": remarks,
}  # fmt: skip


def shown(text):
    """The number that a text begins with, and how far it may be from what it rounds, or None for words."""
    match = re.match(r"^(-?[0-9]+(?:\.([0-9]+))?)(?: ([kMGT%])?B?\b|\u00d7|$| )?", text)
    if not match:
        return None
    unit = PREFIXES.get(match[3], 0.01 if " %" in text else 1)
    return float(match[1]) * unit, 0.5001 * 10 ** -len(match[2] or "") * unit


class Page(CompileCase):
    def page(self, model, *options):
        done = self.compile(model, "-o", "out", "--emit", "lib,exe", "--report", "report.html", *options)
        self.assertEqual(done.returncode, 0, done.stderr)
        tree = ElementTree.parse(self.path("report.html")).getroot()
        (data,) = [script.text for script in tree.iter(f"{HTML}script") if script.get("id") == "data"]
        return tree, json.loads(data)

    def check(self, tree, data):
        """How many numbers there are; each must be what it says it is."""
        seen = 0
        for element in tree.iter():
            if "data-value" not in element.attrib:
                continue
            seen += 1
            of, value = element.get("data-of"), float(element.get("data-value"))
            rule = element.get("data-how")
            expected = RULES[rule](data, of) if rule else at(data, of)
            self.assertAlmostEqual(value, expected, delta=1e-12 * abs(expected), msg=f"{rule} {of}")
            if not rule:
                self.assertEqual(value, expected, of)
            # What people read of a span is that number, rounded.
            if element.tag == f"{HTML}span" and (number := shown(element.text)):
                self.assertLessEqual(abs(number[0] - value), number[1], (of, element.text))
        return seen

    def check_alone(self, tree):
        """Nothing is loaded, and what is not said by a script is on the page."""
        for element in tree.iter():
            for name, value in element.attrib.items():
                self.assertNotIn(name, ("src", "srcset", "poster"))
                if name == "href":
                    self.assertTrue(value.startswith("#"), value)
                    self.assertTrue(any(each.get("id") == value[1:] for each in tree.iter()), value)
        style = "".join(element.text for element in tree.iter(f"{HTML}style"))
        self.assertNotRegex(style, r"@import|url\(")

    def check_parts(self, tree, data):
        """Each kernel, call, value and layer is drawn."""
        text = " ".join(tree.itertext())
        for kernel in data["kernels"]:
            self.assertIn(kernel["name"], text)
            for made in kernel["objects"]:
                self.assertIn(made["schedule"], text)
        drawn = [each.get("data-of") for each in tree.iter() if (each.get("data-of") or "").startswith("arena/values/")]
        self.assertEqual(len(drawn), len(data["arena"]["values"]))
        calls = [each for each in tree.iter(f"{HTML}div") if (each.get("class") or "").startswith("call ")]
        self.assertEqual([each.get("title").split(":")[0] for each in calls], [call["layer"] for call in data["calls"]])

        for each in tree.iter(f"{HTML}span"):
            if (each.get("class") or "").split(" ")[0] == "op":
                self.assertRegex(each.get("title"), r"\w\.$", f"what {each.text} does is said")

    def check_drawings(self, tree, data):
        """Lengths are as the numbers that they stand for; drawings have tenths of pixels."""
        svg = f"{HTML}svg"
        for label, side in [("Time of each kernel", "width"), ("Time of each call", "height"),
                            ("Where results lie in the arena, call by call", "height")]:  # fmt: skip
            for drawing in (each for each in tree.iter(svg) if each.get("aria-label") == label):
                bars = [(float(group.get("data-value")), float(next(group.iter(f"{HTML}rect")).get(side)))
                        for group in drawing.iter(f"{HTML}g")]  # fmt: skip
                value, length = max(bars)
                self.assertGreater(length, 50)
                for one, drawn in bars:
                    self.assertAlmostEqual(drawn, length * one / value, delta=0.11, msg=label)
        (arena,) = (each for each in tree.iter(svg) if each.get("aria-label").startswith("Where results lie"))
        lows = {}
        for group, value in zip(arena.iter(f"{HTML}g"), data["arena"]["values"]):
            box = next(group.iter(f"{HTML}rect"))
            low = float(box.get("y")) + float(box.get("height"))
            self.assertAlmostEqual(lows.setdefault(value["slot"], low), low, delta=0.11)
        self.assertEqual(sorted(lows), sorted(lows, key=lambda slot: -lows[slot]), "slots lie one above the other")

    def check_all(self, tree, data):
        self.check_alone(tree)
        self.check_parts(tree, data)
        self.check_drawings(tree, data)
        return self.check(tree, data)

    def profile(self, name, channels, size):
        with open(self.path("image.npy"), "wb") as file:
            shape = f"(1, {channels}, {size}, {size})"
            head = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {shape}, }}"
            head += " " * (-(len(head) + 11) % 64) + "\n"
            file.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(head)) + head.encode())
            file.write(bytes(4 * channels * size * size))
        command = [self.path(f"out/{name}"), "image.npy", "-o", "out.npy", "--profile", "profile.json", "--repeat", "3"]
        subprocess.run(command, cwd=self.folder, check=True, capture_output=True)

    def test_digits(self):
        options = ["--weights", WEIGHTS, "--name", "digits"]
        tree, data = self.page(DIGITS, *options)
        self.assertGreater(self.check_all(tree, data), 100)
        text = " ".join(tree.itertext())
        self.assertIn("--profile PROFILE.json", text, "how to get times")
        self.assertNotIn("of bound", text)
        # The same data as JSON, and the same page but for what times the compiler took.
        self.good(DIGITS, "-o", "out", "--emit", "lib,exe", "--report", "report.json", *options)
        with open(self.path("report.json")) as file:
            other = json.load(file)
        for key in ("graph", "calls", "arena", "remarks", "outputs", "size", "model", "files"):
            self.assertEqual(data[key], other[key], key)
        self.profile("digits", 1, 32)
        tree, data = self.page(DIGITS, *options, "--profile", "profile.json")
        with open(self.path("profile.json")) as file:
            self.assertEqual(data["profile"], json.load(file))
        self.check_all(tree, data)
        bars = [each.get("data-of") for each in tree.iter() if (each.get("data-of") or "").endswith("/ms_min")]
        for part in ("kernels", "calls"):
            for index in range(len(data[part])):
                self.assertGreaterEqual(bars.count(f"profile/inputs/0/{part}/{index}/ms_min"), 2, "drawn and written")
        self.assertIn("Roofline", " ".join(tree.itertext()))

    def test_swin_t(self):
        tree, data = self.page("--arch=swin_t", "--weights", "synthetic", "--name", "t", "--target", "x86-64-v3")
        self.check_all(tree, data)
        text = " ".join(tree.itertext())
        for words in ("Stage 4", "24 heads", "windows of 7 \u00d7 7", "56 \u00d7 56 \u00d7 96", "linear 96\u2192384"):
            self.assertIn(words, text)

    def test_models_without_stages_of_theirs(self):
        for model, words in [(UPSCALE, "First convolution"), (CONVOLUTIONS, "Stem")]:
            with self.subTest(os.path.basename(model)):
                tree, data = self.page(model, "--weights", "synthetic", "--name", "m", "--target", "x86-64-v3")
                self.check_all(tree, data)
                self.assertIn(words, " ".join(tree.itertext()))


if __name__ == "__main__":
    unittest.main(verbosity=2)

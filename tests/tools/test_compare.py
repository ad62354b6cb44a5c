"""--compare of swin-run on libraries written by hand: what it finds, prints and refuses."""
import io
import json
import struct
import unittest
import zipfile

from running import CLASSES, MAPS, RunCase, npy

# Two images of 2 x 2 pixels, and the stub's logits of them: the channels' means, their negatives and 0.
INPUT = [float(i % 7) - 2 + i / 8 for i in range(24)]
MEANS = [[sum(INPUT[12 * n + 4 * c:12 * n + 4 * c + 4]) / 4 for c in range(3)] for n in range(2)]
LOGITS = [value for means in MEANS for value in [*means, *[-mean for mean in means], 0.0]]
MAP = [INPUT[12 * n + 4 * c] for n in range(2) for c in range(3)]


def safetensors(values, source=None):
    """A file of {name: (shape, values)}."""
    header, data = {"__metadata__": {"source": source}} if source else {}, b""
    for name, (shape, numbers) in values.items():
        packed = struct.pack(f"<{len(numbers)}f", *numbers)
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + len(packed)]}
        data += packed
    text = json.dumps(header).encode()
    return struct.pack("<Q", len(text)) + text + data


class Compare(RunCase):
    def reference(self, name="ref.safetensors", source=None, **values):
        """Writes a reference with the input unless that is given."""
        values = {"input": ([2, 3, 2, 2], INPUT), **values}
        if name.endswith(".npz"):
            data = io.BytesIO()
            with zipfile.ZipFile(data, "w", zipfile.ZIP_DEFLATED) as file:
                for key, (shape, numbers) in values.items():
                    file.writestr(key + ".npy", npy(shape, numbers))
            data = data.getvalue()
        else:
            data = safetensors({key: value for key, value in values.items() if value}, source)
        with open(self.path(name), "wb") as file:
            file.write(data)

    def differs(self, library, *arguments):
        done = self.run_model(library, "--compare", *arguments)
        self.assertEqual((done.returncode, done.stderr), (4, ""), done.stdout)
        return done.stdout

    def test_same(self):
        self.reference(source="by hand", body=([2, 7], LOGITS))
        self.assertEqual(self.output(CLASSES, "--compare", "ref.safetensors", "--threads", "1"),
                         "stub, x86-64, 1 thread against ref.safetensors (by hand)\n"
                         "all 1 values are the same up to 0 of their largest magnitude (body); 0.0001 is allowed\n\n"
                         "largest difference, as a part of the largest magnitude:\n"
                         "  body  0         ok\n")  # fmt: skip
        # An output by its own name; the same of a .npz file, with more sizes of 1.
        self.reference("ref.npz", body=([2, 1, 1, 7], LOGITS), logits=([2, 7], LOGITS), stage1=([2, 1, 1, 3], MAP))
        found = json.loads(self.output(MAPS, "--compare", "ref.npz", "--json", "--threads=2"))
        self.assertEqual((found["ours"], found["reference"]), ("stub, x86-64, 2 threads", "ref.npz"))
        self.assertEqual([layer["name"] for layer in found["layers"]], ["body", "logits", "stage1"])
        self.assertEqual([layer["largest"] for layer in found["layers"]], [0, 0, 0])
        self.assertEqual((found["first_wrong"], found["last_right"]), (None, "stage1"))

    def test_different(self):
        wrong = [*LOGITS]
        wrong[9] += 1
        parts = {name: ([1], [0.0]) for name in ["body.fc1", "other"]}
        self.reference(**parts, body=([2, 7], wrong), logits=([2, 7], LOGITS))
        text = self.differs(CLASSES, "ref.safetensors")
        self.assertIn("\nbody (2 x 7) is the first value that is off: by ", text)
        self.assertIn(f"\n  at [1, 2] ours is {LOGITS[9]:.4g}, theirs {wrong[9]:.4g}; 1 of 14 elements (7.14 %)", text)
        self.assertIn("\n  before it, nothing was compared\n", text)
        self.assertIn("\n  its kernel also computes body.fc1, other without storing them: swin-compile MODEL --compare "
                      "ref.safetensors looks at these, in the graph\n", text)  # fmt: skip
        found = json.loads(self.differs(CLASSES, "ref.safetensors", "--json"))
        self.assertEqual((found["first_wrong"], found["last_right"]), ("body", None))
        self.assertEqual((found["layers"][0]["where"], found["layers"][0]["count"]), ([1, 2], 1))
        # So much is allowed.
        self.output(CLASSES, "--compare", "ref.safetensors", "--tolerance", "0.9")
        self.differs(CLASSES, "ref.safetensors", "--tolerance=1e-9")

    def test_pattern(self):
        self.reference(body=([2, 7], LOGITS[7:] + LOGITS[:7]))
        text = self.differs(CLASSES, "ref.safetensors")
        self.assertIn("what it looks like: the 2 images of the batch change places", text)

    def test_other_sizes(self):
        self.reference(body=([2, 8], [0.0] * 16), logits=([2, 7], LOGITS))
        self.assertIn("\n  body    not compared: it is 2 x 7 here, but 2 x 8 in the reference\n  logits  0  ",
                      self.differs(CLASSES, "ref.safetensors"))  # fmt: skip

    def test_wrong_references(self):
        def refuses(why, name="ref.safetensors"):
            self.assertEqual(self.fails(2, CLASSES, "--compare", name), [f"{name}: error: {why}"])

        body = ([2, 7], LOGITS)
        self.reference(input=None, body=body)
        refuses("has no 'input', the image that its values are of")
        self.reference(input=([2, 12], INPUT), body=body)
        refuses("the shape of its 'input' is 2 x 12: expected N x 3 x H x W")
        self.reference(input=([2, 2, 2, 3], INPUT), body=body)
        refuses("the shape of its 'input' is 2 x 2 x 2 x 3: expected N x 3 x H x W")
        self.reference(input=([1, 3, 8, 1], INPUT), body=body)
        refuses("its 'input' cannot be run: 1 x 8 x 1 (batch, height, width): height and width must be even")
        self.reference(other=body)
        names = "has no value of this model, which would be named 'body', 'body', 'logits' ...: "
        refuses(names + "its first one is 'other'")
        self.reference()
        refuses(names + "there is none at all")
        self.assertEqual(len(self.fails(2, CLASSES, "--compare", "missing.npz")), 1)
        with open(self.path("broken.npz"), "wb") as file:
            file.write(b"PK\3\4")
        self.assertEqual(len(self.fails(2, CLASSES, "--compare", "broken.npz")), 1)

    def test_command_line(self):
        self.reference(body=([2, 7], LOGITS))
        for more, error in [
            (["a.npy"], "argument 4 'a.npy': --compare takes no INPUT"),
            (["-o", "x.npy"], "argument 4 '-o': does not go with --compare"),
            (["--repeat", "2"], "argument 4 '--repeat': does not go with --compare"),
            (["--tile", "8"], "argument 4 '--tile': does not go with --compare"),
            (["--tolerance", "2"], "argument 4 '--tolerance': X must be a number from 0 to 1, found '2'"),
            (["--tolerance", "nan"], "argument 4 '--tolerance': X must be a number from 0 to 1, found 'nan'"),
        ]:
            errors = self.fails(1, CLASSES, "--compare", "ref.safetensors", *more)
            self.assertEqual(errors[0], f"swin-run: error: {error}")
        self.image("a.npy")
        self.assertEqual(self.fails(1, CLASSES, "a.npy", "--tolerance", "1e-3")[0],
                         "swin-run: error: argument 3 '--tolerance': does not go without --compare")  # fmt: skip


if __name__ == "__main__":
    unittest.main(verbosity=2)

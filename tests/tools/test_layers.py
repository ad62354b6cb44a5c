"""swin-compile --dump-layers and --compare on the digits model."""
import array
import json
import struct
import unittest
import zipfile
import zlib

from harness import DIGITS, WEIGHTS, CompileCase

MODEL = [DIGITS, "--weights", WEIGHTS]


def read(path):
    """{name: (shape, floats)} of a safetensors file."""
    with open(path, "rb") as file:
        header = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))
        data = file.read()
    values = {}
    for name, entry in header.items():
        if name != "__metadata__":
            begin, end = entry["data_offsets"]
            values[name] = (entry["shape"], array.array("f", data[begin:end]))
    return values


def write(path, values):
    header, data = {}, b""
    for name, (shape, floats) in values.items():
        header[name] = {"dtype": "F32", "shape": shape, "data_offsets": [len(data), len(data) + 4 * len(floats)]}
        data += floats.tobytes()
    text = json.dumps(header).encode()
    with open(path, "wb") as file:
        file.write(struct.pack("<Q", len(text)) + text + data)


def npy(shape, floats):
    text = f"{{'descr': '<f4', 'fortran_order': False, 'shape': {tuple(shape)}, }}".encode()
    text += b" " * (63 - (10 + len(text)) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text + floats.tobytes()


def write_npz(path, values, method):
    """As numpy.savez does it."""
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, (shape, floats) in values.items():
            with archive.open(name + ".npy", "w", force_zip64=True) as entry:
                entry.write(npy(shape, floats))


def gray_png(height, width):
    """A picture whose pixels become brighter to the right."""
    def chunk(kind, data):
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
    rows = (b"\0" + bytes(range(width))) * height
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b""))


class Layers(CompileCase):
    def dump(self, *arguments, name="layers.safetensors"):
        self.assertEqual(self.good(*MODEL, "--dump-layers", name, *arguments), "")
        return read(self.path(name))

    def compare(self, values, *arguments, name="ref.safetensors"):
        write(self.path(name), values)
        return self.compile(*MODEL, "--compare", name, *arguments)

    def wrong(self, *arguments, status=2):
        done = self.compile(*MODEL, *arguments)
        self.assertEqual((done.returncode, done.stdout), (status, ""))
        return done.stderr

    def test_every_layer_is_written(self):
        values = self.dump()
        self.assertEqual(self.left(), ["layers.safetensors"])
        names = list(values)
        self.assertEqual(names[:3], ["input", "patch_embed.proj", "patch_embed.norm"])
        self.assertEqual(names[-3:], ["avgpool", "head", "logits"])
        self.assertEqual(values["input"][0], [1, 1, 32, 32])
        self.assertEqual(values["layers.0.blocks.1.attn.qkv"][0], [1, 4, 4, 16, 96])
        self.assertEqual(values["layers.1.blocks.1.mlp"][0], [1, 8, 8, 64])
        self.assertEqual(values["logits"], values["head"])
        for shape, floats in values.values():
            self.assertGreater(len(set(floats)), 1)
        residual = [a + b for a, b in zip(values["layers.0.blocks.0.attn"][1], values["layers.0.blocks.0.mlp.fc2"][1])]
        for ours, sum_ in zip(values["layers.0.blocks.0.mlp"][1], residual):
            self.assertAlmostEqual(ours, sum_, places=5)

    def test_inputs_in_all_forms(self):
        self.assertEqual(self.dump("--size", "24x40")["input"][0], [1, 1, 24, 40])
        image = ([2, 1, 20, 28], array.array("f", (i % 7 / 7 for i in range(2 * 20 * 28))))
        with open(self.path("x.npy"), "wb") as file:
            file.write(npy(*image))
        dumped = self.dump("--input", "x.npy")
        self.assertEqual(dumped["input"], image)
        self.assertEqual(dumped["logits"][0], [2, 10])
        self.assertEqual(self.dump("--input", "layers.safetensors", name="again.safetensors"), dumped)
        write_npz(self.path("x.npz"), {"input": image}, zipfile.ZIP_DEFLATED)
        self.assertEqual(self.dump("--input", "x.npz"), dumped)
        with open(self.path("p.png"), "wb") as file:
            file.write(gray_png(40, 24))
        self.assertEqual(self.dump("--input", "p.png")["input"][0][:2], [1, 1])

    def test_the_same_values_are_the_same(self):
        values = self.dump()
        del values["layers.0.blocks.0.norm1"], values["logits"]
        done = self.compare(values)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertIn("ref.safetensors: note: 2 values are not compared, which the file lacks\n", done.stderr)
        done = self.compare(values, "-v")
        self.assertIn("the file lacks: 'layers.0.blocks.0.norm1' 'logits'\n", done.stderr)
        for name, method in [("stored.npz", zipfile.ZIP_STORED), ("deflated.npz", zipfile.ZIP_DEFLATED)]:
            write_npz(self.path(name), values, method)
            done = self.compile(*MODEL, "--compare", name, "-q")
            self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)

    def test_the_first_difference_is_named(self):
        values = self.dump()
        for name in ["layers.1.blocks.0.attn.proj", "layers.1.blocks.0.mlp"]:
            values[name][1][5] += 1
        values["strange"] = ([1], array.array("f", [0]))
        done = self.compare(values)
        self.assertEqual(done.returncode, 4)
        self.assertIn("layers.1.blocks.0.attn.proj", done.stdout)
        self.assertIn("note: 1 value is not compared, which the model does not have\n", done.stderr)
        found = json.loads(self.compare(values, "--json", "-q").stdout)
        self.assertEqual(found["first_wrong"], "layers.1.blocks.0.attn.proj")
        self.assertEqual(found["last_right"], "layers.1.blocks.0.attn:window_attention")
        wrong = [layer["name"] for layer in found["layers"] if layer["count"]]
        self.assertEqual(wrong, ["layers.1.blocks.0.attn.proj", "layers.1.blocks.0.mlp"])
        self.assertEqual(self.compare(values, "--tolerance", "1").returncode, 0)

    def test_another_number_of_elements_is_a_difference(self):
        values = self.dump()
        values["norm"] = ([1, 8, 8, 1], array.array("f", [0] * 64))
        done = self.compare(values)
        self.assertEqual(done.returncode, 4)
        self.assertIn("norm", done.stdout)
        self.assertIn("1 x 8 x 8 x 64 here, but 1 x 8 x 8 x 1 in the reference", done.stdout)

    def test_shapes_may_be_written_in_other_ways(self):
        values = self.dump()
        values = {name: (shape if name == "input" else [len(floats)], floats)
                  for name, (shape, floats) in values.items()}  # fmt: skip
        self.assertEqual(self.compare(values).returncode, 0)

    def test_files_that_do_not_fit(self):
        values = self.dump()
        image = values["input"]
        done = self.compare({"input": image, "layers.0.blocks.0.atn": values["norm"]})
        self.assertEqual(done.returncode, 2)
        self.assertIn("none of its values has the name of one of the model's: 'layers.0.blocks.0.atn' (the nearest is "
                      "'layers.0.blocks.0.attn'); --dump-layers writes all names\n", done.stderr)  # fmt: skip
        done = self.compare({"input": image})
        self.assertIn("ref.safetensors: error: holds no value but the input", done.stderr)
        done = self.compare({"norm": values["norm"]})
        self.assertIn("ref.safetensors: error: has no value \"input\"", done.stderr)
        done = self.compare({"input": ([1, 2, 16, 32], image[1]), "norm": values["norm"]})
        self.assertIn("error: the image is 1 x 2 x 16 x 32: expected N x 1 x H x W", done.stderr)
        self.assertIn("no/such: error: cannot be opened", self.wrong("--compare", "no/such"))
        self.assertIn("no.npy: error: ", self.wrong("--dump-layers", "l", "--input", "no.npy"))
        self.assertIn("no/l: error: cannot be written", self.wrong("--dump-layers", "no/l"))
        self.assertEqual(self.left(), ["layers.safetensors", "ref.safetensors"])

    def test_options_that_do_not_fit(self):
        for arguments, what in [
            (["--tolerance", "0.1"], "'--tolerance' goes with --compare REF"),
            (["--json"], "'--json' goes with --compare REF"),
            (["--input", "x.npy"], "'--input' goes with --dump-layers FILE"),
            (["--compare", "r", "--input", "x.npy"], "'--input' does not go with --compare"),
            (["--compare", "r", "--tolerance", "two"], "'--tolerance': expected a number from 0 to 1, found 'two'"),
            (["--compare", "r", "-o", "out"], "'-o' nothing is written to DIR"),
            (["--dump-layers", "l", "--report", "r.json"], "'--report' nothing is compiled"),
        ]:
            self.assertIn(what.replace(":", ""), self.wrong(*arguments, status=1).replace(":", ""))
        self.assertEqual(self.left(), [])

    def test_it_goes_with_other_work(self):
        values = self.dump()
        values["head"][1][0] += 1
        write(self.path("ref.safetensors"), values)
        done = self.compile(*MODEL, "--compare", "ref.safetensors", "--dump-layers", "own.safetensors",
                            "--emit", "graph")  # fmt: skip
        self.assertEqual(done.returncode, 4)
        self.assertIn("swin.window_attention", done.stdout)
        self.assertEqual(self.left(), ["layers.safetensors", "own.safetensors", "ref.safetensors"])


if __name__ == "__main__":
    unittest.main()

"""Checkpoints as torch writes them, become safetensors; what else a pickle can do does not happen."""
import collections
import io
import os
import pickle
import subprocess
import sys
import tempfile
import unittest
import zipfile

import numpy
import torch
from safetensors.torch import load_file

ROOT = os.path.normpath(os.path.join(os.path.dirname(os.path.abspath(__file__)), "../.."))
SCRIPT = os.path.join(ROOT, "python/pth_to_safetensors.py")
PYTHON = os.environ.get("SWIN_PYTHON", sys.executable)

WEIGHTS = {"a.weight": torch.arange(6.0).reshape(2, 3), "a.bias": torch.tensor([1.5, -2.0])}


class Evil:
    def __init__(self, function, *arguments):
        self.made = function, arguments

    def __reduce__(self):
        return self.made


class Case(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        scratch = tempfile.TemporaryDirectory(prefix="swin-python-")
        self.addCleanup(scratch.cleanup)
        self.folder = scratch.name
        self.file = self.path("m.pth")

    def path(self, name):
        return os.path.join(self.folder, name)

    def run_script(self, *arguments):
        return subprocess.run([PYTHON, SCRIPT, *arguments], cwd=self.folder, capture_output=True, text=True)

    def converted(self, *arguments, notes=""):
        done = self.run_script("m.pth", *arguments)
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", notes))
        return load_file(self.path("m.safetensors"))

    def fails(self, *arguments):
        """What is wrong, a line; nothing is left."""
        before = sorted(os.listdir(self.folder))
        done = self.run_script("m.pth", *arguments)
        self.assertEqual((done.returncode, done.stdout), (1, ""), done.stderr)
        self.assertEqual(sorted(os.listdir(self.folder)), before)
        self.assertEqual(done.stderr.count("\n"), 1, done.stderr)
        self.assertTrue(done.stderr.startswith("m.pth: error: "), done.stderr)
        return done.stderr[len("m.pth: error: ") : -1]

    def expect(self, found, tensors):
        self.assertEqual(sorted(found), sorted(tensors))
        for name, tensor in tensors.items():
            self.assertEqual(found[name].dtype, tensor.dtype, name)
            self.assertEqual(found[name].shape, tensor.shape, name)
            self.assertTrue(torch.equal(found[name], tensor), name)


class GoodFiles(Case):
    def test_both_formats(self):
        for zipped in True, False:
            torch.save(WEIGHTS, self.file, _use_new_zipfile_serialization=zipped)
            self.expect(self.converted(), WEIGHTS)

    def test_types(self):
        values = torch.tensor([[0, 1, 2], [3, 100, 7]])
        tensors = {str(kind): values.to(kind) for kind in (
            torch.float32, torch.float64, torch.float16, torch.bfloat16, torch.uint8, torch.int8, torch.int16,
            torch.int32, torch.int64, torch.bool)}  # fmt: skip
        for zipped in True, False:
            torch.save(tensors, self.file, _use_new_zipfile_serialization=zipped)
            self.expect(self.converted(), tensors)

    def test_views_of_one_storage(self):
        whole = torch.arange(120.0).reshape(4, 5, 6)
        tensors = {
            "whole": whole, "turned": whole.permute(2, 0, 1), "part": whole[1:3, ::2, 1::3], "row": whole[2, 1],
            "column": whole[:, 1, 4], "repeated": whole[:1, :1, :1].expand(2, 3, 4), "rows": whole[0, 0].expand(3, 6),
            "one": whole[3, 4, 5], "none": whole[:0], "bytes": torch.arange(6, dtype=torch.uint8).reshape(2, 3).t(),
        }  # fmt: skip
        for zipped in True, False:
            torch.save(tensors, self.file, _use_new_zipfile_serialization=zipped)
            self.expect(self.converted(), tensors)

    def test_models(self):
        model = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.BatchNorm1d(4))
        torch.save(model.state_dict(), self.file)
        self.expect(self.converted(), model.state_dict())
        torch.save(dict(model.named_parameters()), self.file)  # torch.nn.Parameter
        self.expect(self.converted(), {name: each.data for name, each in model.named_parameters()})

    def test_containers(self):
        optimizer = torch.optim.AdamW([torch.nn.Parameter(torch.ones(2))])
        others = {"optimizer": optimizer.state_dict(), "epoch": 3}
        for key in "model", "state_dict", "params", "params_ema", "module":
            torch.save({**others, key: collections.OrderedDict(WEIGHTS)}, self.file)
            self.expect(self.converted(), WEIGHTS)
        torch.save({"params": {"old": torch.ones(1)}, "params_ema": WEIGHTS}, self.file)
        self.expect(self.converted(), WEIGHTS)
        self.expect(self.converted("--key", "params"), {"old": torch.ones(1)})
        torch.save({"ema": {"module": WEIGHTS}}, self.file)
        self.expect(self.converted("--key", "ema.module"), WEIGHTS)

    def test_what_is_no_tensor(self):
        state = {**WEIGHTS, "steps": 7, "place": io.StringIO, "when": collections.Counter("ab"), "list": [1, (2, None)],
                 "number": numpy.float64(2), "array": numpy.ones(3), "kind": torch.float32, "bytes": b"x"}  # fmt: skip
        torch.save(state, self.file)
        note = "m.pth: note: left out, as they are no tensors: steps, place, when, list, number, array, kind, bytes\n"
        self.expect(self.converted(notes=note), WEIGHTS)

    def test_output(self):
        torch.save(WEIGHTS, self.file)
        done = self.run_script("m.pth", "other.safetensors")
        self.assertEqual((done.returncode, done.stdout, done.stderr), (0, "", ""))
        self.expect(load_file(self.path("other.safetensors")), WEIGHTS)
        self.assertEqual(sorted(os.listdir(self.folder)), ["m.pth", "other.safetensors"])
        with open(self.path("other.safetensors"), "rb") as file:
            header = int.from_bytes(file.read(8), "little")
        self.assertEqual(header % 8, 0)  # so that values can be used where they lie


class WrongFiles(Case):
    def test_nothing_is_run(self):
        ran = self.path("ran")
        makers = [
            Evil(os.system, f"touch {ran}"), Evil(subprocess.check_output, ["touch", ran]),
            Evil(eval, f"open({ran!r}, 'w')"), Evil(getattr, collections.OrderedDict, "__init__"),
        ]  # fmt: skip
        for zipped in True, False:
            for maker in makers:
                torch.save({"model": WEIGHTS, "evil": maker}, self.file, _use_new_zipfile_serialization=zipped)
                self.expect(self.converted(), WEIGHTS)
                torch.save({**WEIGHTS, "evil": maker}, self.file, _use_new_zipfile_serialization=zipped)
                self.expect(self.converted(notes="m.pth: note: left out, as they are no tensors: evil\n"), WEIGHTS)
            self.assertFalse(os.path.exists(ran))
            # The same file in torch does it.
            torch.save({"evil": makers[0]}, self.file, _use_new_zipfile_serialization=zipped)
            torch.load(self.file)
            self.assertTrue(os.path.exists(ran))
            os.remove(ran)

    def pickled(self, code, entries=(), name="a/data.pkl"):
        """A checkpoint in the zip format with these opcodes."""
        with zipfile.ZipFile(self.file, "w") as archive:
            archive.writestr(name, code)
            for each, data in entries:
                archive.writestr(each, data)

    def tensor(self, shape, strides, offset=0, count=4, key="0"):
        storage = f"((Vstorage\nctorch\nFloatStorage\nV{key}\nVcpu\nI{count}\ntQ"
        numbers = "".join("(" + "".join(f"L{n}L\n" for n in each) + "t" for each in (shape, strides))
        return ("(dVw\nctorch._utils\n_rebuild_tensor_v2\n" + storage + f"I{offset}\n{numbers}I00\nNtRs.").encode()

    def test_tensors_outside_of_their_storage(self):
        data = [("a/data/0", bytes(16))]
        self.pickled(self.tensor([2, 2], [2, 1]), data)
        self.expect(self.converted(), {"w": torch.zeros(2, 2)})
        os.remove(self.path("m.safetensors"))
        for arguments, text in [
            (([2, 2], [2, 1], 1), "tensor 'w': it ends at element 5 of a storage of 4"),
            (([2, 2], [2, -1]), "tensor 'w': its sizes are no sizes"),
            (([1 << 60], [0]), "tensor 'w': its sizes are no sizes"),
            (([1 << 40], [0]), f"tensor 'w': it repeats 4 elements to {1 << 40}"),
            (([2] * 9, [0] * 9), "tensor 'w': it has 9 dimensions; at most 8 are possible"),
            (([2], [1], 0, 5), "tensor 'w': its storage has 16 bytes instead of 20"),
            (([2], [1], 0, 4, "7"), "storage '7' is missing"),
            (([2], [1], 0, 4, "../../m"), "storage '../../m' is missing"),
        ]:
            self.pickled(self.tensor(*arguments), data)
            self.assertEqual(self.fails(), text)

    def test_pickles_that_reach_further(self):
        start = b"ctorch._utils\n_rebuild_tensor_v2\n"
        self.pickled(b"(dI1\nr\xff\xff\xff\x7f.")  # room for 2 ** 31 values
        self.assertEqual(self.fails(), "it numbers its values to 2147483647")
        for code in [
            start + b"(dVcall\ncos\nsystem\nsb.",  # a function of the script's with another body
            start + b"(N(dVcall\ncos\nsystem\nstb.",
            b"ccollections\nOrderedDict\n(dVpop\ncos\nsystem\nsb.",
            b"ccollections\nOrderedDict\n(N(dVpop\ncos\nsystem\nstb.",
            b"(dVw\nVx\nQs.", b"(dVw\n(Vstorage\nctorch\nFloatStorage\nV0\nVcpu\nI-1\ntQs.", b"\x80\x02.", b"(((", b"",
        ]:  # fmt: skip
            self.pickled(code)
            self.fails()

    def test_other_files(self):
        for data, text in [
            (b"", "it is no checkpoint of PyTorch"),
            (b"\x80\x04N.", "it is no checkpoint of PyTorch"),
            (pickle.dumps(WEIGHTS["a.bias"].numpy()), "it is no checkpoint of PyTorch"),
        ]:
            with open(self.file, "wb") as file:
                file.write(data)
            self.assertEqual(self.fails(), text)
        self.pickled(b"}.", name="a/b.pkl")
        self.assertEqual(self.fails(), "it is a zip file without a data.pkl, so no checkpoint")
        os.remove(self.file)
        self.assertEqual(self.fails(), "No such file or directory")

    def test_nothing_in_it(self):
        torch.save({"net": WEIGHTS, "epoch": 3}, self.file)
        self.assertEqual(self.fails(), "there are no tensors in it, only 'net', 'epoch'; give --key NAME if they are "
                                       "further inside")  # fmt: skip
        self.assertEqual(self.fails("--key", "ema"), "there is no 'ema' in it, only 'net', 'epoch'")
        self.assertEqual(self.fails("m.pth"), "it is the output, too")

    def test_damaged(self):
        for zipped in True, False:
            torch.save(WEIGHTS, self.file, _use_new_zipfile_serialization=zipped)
            with open(self.file, "rb") as file:
                data = file.read()
            for size in range(1, len(data) - 8, 97):
                with open(self.file, "wb") as file:
                    file.write(data[:size])
                self.fails()


if __name__ == "__main__":
    unittest.main(verbosity=2)

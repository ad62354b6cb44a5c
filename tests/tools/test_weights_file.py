"""Weights beside the library: the same bits as inside, shared by processes, refused if anything is wrong with them."""
import ctypes
import json
import os
import random
import re
import shutil
import struct
import subprocess
import unittest

from harness import BIN, DIGITS, WEIGHTS, CompileCase

PAGE = 4096
REASONS = (
    "does not exist", "is not a regular file", "is not a file of weights that swin-compile has made",
    "has another format than this library reads", "is damaged: its header does not have the checksum",
    "has the weights of another model", "is damaged: it is shorter", "is damaged: it is longer",
    "is damaged: its data do not have the checksum",
)  # fmt: skip


class Options(ctypes.Structure):
    _fields_ = [
        ("threads", ctypes.c_int),
        ("isa", ctypes.c_char_p),
        ("workspace", ctypes.c_void_p),
        ("workspace_bytes", ctypes.c_size_t),
        ("weights_file", ctypes.c_char_p),
        ("parallel_for", ctypes.c_void_p),
        ("parallel_ctx", ctypes.c_void_p),
    ]


class Library:
    """Sessions of DIR/libNAME.so."""

    def __init__(self, folder, name):
        self.dll, self.name = ctypes.CDLL(os.path.join(folder, f"lib{name}.so")), name
        self.of("error").restype = ctypes.c_char_p

    def of(self, what):
        return getattr(self.dll, f"{self.name}_{what}")

    def open(self, weights):
        """A session, and what is wrong with it or an empty text. weights: None = NULL."""
        session = ctypes.c_void_p()
        options = Options(threads=1, weights_file=weights and os.fsencode(weights))
        status = self.of("open")(ctypes.byref(session), ctypes.byref(options))
        error = self.of("error")(session).decode()
        assert (status == 0) == (error == ""), (status, error)
        return session, error

    def refusal(self, weights):
        session, error = self.open(weights)
        self.of("close")(session)
        return error

    def logits(self, weights):
        session, error = self.open(weights)
        assert error == "", error
        image = (ctypes.c_float * (32 * 32))(*[(i % 17) / 8 - 1 for i in range(32 * 32)])
        logits = (ctypes.c_float * 10)()
        outputs = (ctypes.c_void_p * 1)(ctypes.addressof(logits))
        assert self.of("run")(session, image, 1, 32, 32, outputs) == 0
        self.of("close")(session)
        return bytes(logits)


def mutation(generator, file, other):
    """One of the ways in which files become wrong. other: the file of another model."""
    at, size = generator.randrange(len(file)), generator.randrange(1, 5000)
    if generator.random() < 0.4:
        at = generator.randrange(80)
    kind = generator.randrange(9)
    if kind == 0:
        return file[:at] + bytes([file[at] ^ 1 << generator.randrange(8)]) + file[at + 1:]
    if kind == 1:
        return file[:at] + generator.randbytes(size) + file[at:]
    if kind == 2:
        return file[:at] + file[at + size:]
    if kind == 3:
        return file[:at]
    if kind == 4:
        return file[:at] + bytes(size) + file[at + size:]
    if kind == 5:
        return file[:at] + generator.randbytes(size) + file[at + size:]
    if kind == 6:
        blocks = [file[i:i + 64] for i in range(0, len(file), 64)]
        first, second = generator.sample(range(len(blocks)), 2)
        blocks[first], blocks[second] = blocks[second], blocks[first]
        return b"".join(blocks)
    if kind == 7:
        field = generator.randrange(0, 72, 4)
        value = generator.choice([0, 1, 2, 64, 2**31, 2**32 - 1])
        return file[:field] + struct.pack("<I", value) + file[field + 4:]
    return file[:at] + other[at:]


class WeightsFile(CompileCase):
    def digits(self, name, *arguments):
        self.good(DIGITS, "--weights", WEIGHTS, "--name", name, *arguments)

    def run_program(self, *words):
        done = subprocess.run(words, cwd=self.folder, capture_output=True, text=True)
        return done.returncode, done.stdout, done.stderr.rstrip("\n")

    def left_of(self, name):
        return sorted(file.replace(name, "NAME") for file in os.listdir(self.path(name)))

    def read(self, name):
        with open(self.path(name), "rb") as file:
            return file.read()

    def put(self, name, data):
        with open(self.path(name), "wb") as file:
            file.write(data)

    def test_same_bits_as_inside(self):
        self.digits("inside", "--emit", "shared")
        self.digits("beside", "--emit", "shared", "--weights-file", "--report", "report.json")
        self.assertEqual(self.left_of("beside"), sorted([*self.left_of("inside"), "NAME.weights"]))
        inside, beside = Library(self.path("inside"), "inside"), Library(self.path("beside"), "beside")
        self.assertIn("must be NULL", inside.refusal(self.path("beside/beside.weights")))
        self.assertIn("weights_file is NULL", beside.refusal(None))
        self.assertEqual(beside.logits(self.path("beside/beside.weights")), inside.logits(None))
        with open(self.path("report.json")) as file:
            report = json.load(file)
        size = report["weights_bytes"] + PAGE
        self.assertEqual(report["files"]["beside.weights"], size)
        self.assertEqual(report["info"]["weights_file"], {"name": "beside.weights", "bytes": size})
        # Who changes the name of both changes no byte of the data.
        self.digits("third", "--emit", "shared", "--weights-file")
        self.assertEqual(self.read("third/third.weights"), self.read("beside/beside.weights"))
        self.assertEqual(Library(self.path("third"), "third").refusal(self.path("beside/beside.weights")), "")

    def test_mutations(self):
        self.digits("digits", "--emit", "shared", "--weights-file")
        self.good(DIGITS, "--weights", "synthetic", "--name", "other", "--emit", "shared", "--weights-file")
        library = Library(self.path("digits"), "digits")
        file, other = self.read("digits/digits.weights"), self.read("other/other.weights")
        before = library.logits(self.path("digits/digits.weights"))
        self.assertEqual(len(file), len(other))
        self.assertIn("another model", library.refusal(self.path("other/other.weights")))
        generator, seen, refused = random.Random(1), set(), 0
        for number in range(1000):
            wrong = mutation(generator, file, other)
            if wrong == file:
                continue
            self.put("wrong.weights", wrong)
            error = library.refusal(self.path("wrong.weights"))
            found = [reason for reason in REASONS if error.startswith(f"options.weights_file {reason}")]
            self.assertEqual(len(found), 1, f"mutation {number}: '{error}'")
            seen.update(found)
            refused += 1
        self.assertGreater(refused, 900)
        self.assertEqual(len(seen), 7, seen)
        self.assertEqual(library.logits(self.path("digits/digits.weights")), before)

    def test_processes_share_pages(self):
        self.digits("t", "--emit", "shared", "--weights-file")
        program = ("import sys; sys.path.insert(0, sys.argv[1]); import test_weights_file as t;"
                   "session = t.Library('t', 't').open('t/t.weights'); print(session[1], flush=True); input()")
        words = ["python3", "-c", program, os.path.dirname(os.path.abspath(__file__))]
        both = [subprocess.Popen(words, cwd=self.folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
                for _ in range(2)]  # fmt: skip
        try:
            for process in both:
                self.assertEqual(process.stdout.readline(), "\n")
            for process in both:
                with open(f"/proc/{process.pid}/smaps") as file:
                    mapping = re.search(r"r--s .*t\.weights\n(.*\n)+?VmFlags", file.read())[0]
                size = {key: 1024 * int(value) for key, value in re.findall(r"^(\w+): +(\d+) kB", mapping, re.M)}
                data = os.path.getsize(self.path("t/t.weights"))
                # The header is read, not mapped: its page is there where the system maps a page's neighbours with it.
                self.assertGreaterEqual(size["Shared_Clean"] + size["Shared_Dirty"], data - PAGE, mapping)
                self.assertEqual(size["Anonymous"], 0)
        finally:
            for process in both:
                process.communicate("\n")

    def test_programs_find_it(self):
        self.digits("d", "--emit", "shared,exe", "--weights-file")
        run = os.path.join(BIN, "swin-run")
        os.symlink("d/d", self.path("link"))
        for words in [["d/d"], ["./link"], [run, "d/libd.so"]]:
            status, out, error = self.run_program(*words, "--selftest")
            self.assertEqual((status, out[:17], error), (0, "self-test passed:", ""))
        os.rename(self.path("d/d.weights"), self.path("moved"))
        for words, place in [(["d/d"], self.path("d")), ([run, "d/libd.so"], "d")]:
            name = os.path.basename(words[0])
            missing = f"the file of weights '{place}/d.weights' does not exist; --weights-file says where it is"
            self.assertEqual(self.run_program(*words, "--selftest"), (2, "", f"{name}: error: {missing}"))
            self.assertEqual(json.loads(self.run_program(*words, "--info")[1])["weights_file"]["name"], "d.weights")
            self.assertEqual(self.run_program(*words, "--selftest", "--weights-file", "moved")[0], 0)
            status, _, error = self.run_program(*words, "--info", "--weights-file", "moved")
            self.assertEqual((status, "'--weights-file': does not go with --info" in error), (1, True), error)
        self.put("moved", self.read("moved")[:-1])
        damaged = "d: error: the file of weights 'moved' is damaged: it is shorter than it was made"
        self.assertEqual(self.run_program("d/d", "--selftest", "--weights-file=moved"), (2, "", damaged))
        self.digits("inside", "--emit", "exe")
        inside = "inside: error: --weights-file 'moved': this library has its weights inside"
        status, _, error = self.run_program("inside/inside", "--selftest", "--weights-file", "moved")
        self.assertEqual((status, error.splitlines()[0]), (1, inside))

    def test_files_of_earlier_runs(self):
        self.digits("d", "--emit", "shared", "--weights-file")
        first, held = self.read("d/d.weights"), open(self.path("d/d.weights"), "rb")
        shutil.copy(self.path("d/libd.so"), self.path("libd.so"))
        # What fails changes nothing; what succeeds replaces the file, and who has the earlier one open keeps it.
        self.put("broken.json", b"{")
        self.assertEqual(self.compile("broken.json", "--weights-file", "-o", "d").returncode, 2)
        self.assertEqual(self.read("d/d.weights"), first)
        self.good(DIGITS, "--weights", "synthetic", "--name", "d", "--emit", "shared", "--weights-file")
        self.assertNotEqual(self.read("d/d.weights"), first)
        with held:
            self.assertEqual(held.read(), first)
        self.assertIn("another model", Library(self.folder, "d").refusal(self.path("d/d.weights")))


if __name__ == "__main__":
    unittest.main(verbosity=2)

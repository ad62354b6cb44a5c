"""Libraries made with --sanitize: programs with that sanitizer run without reports, and true mistakes are seen."""
import os
import shutil
import subprocess
import unittest

from linking import UPSCALE, LinkCase

OPTIONS = {"TSAN_OPTIONS": "halt_on_error=1:exitcode=66", "ASAN_OPTIONS": "exitcode=66:detect_leaks=1"}
COMPILERS = [compiler for compiler in ["gcc", "clang"] if shutil.which(compiler)]
# Wider vectors are not looked at.
TARGET = "x86-64-v2"


class Sanitizers(LinkCase):
    def setUp(self):
        super().setUp()
        self.sanitized = {**os.environ, **OPTIONS}

    def digits(self, sanitizer):
        self.net("--sanitize", sanitizer, target=TARGET)
        self.assertIn("net/libnet.a", self.left())
        self.assertNotIn("net/net", self.left(), "no program, which --emit has by default else")

    def check(self, sanitizer, mistake, report):
        self.digits(sanitizer)
        flags = [f"-fsanitize={sanitizer}", "-g"]
        for compiler in COMPILERS:
            sessions = self.program("sessions.c", *flags, compiler=compiler, out=f"sessions_{compiler}")
            self.assertIn(" 0 wrong", self.system(sessions, "6", "1", env=self.sanitized))
            misuse = self.program("misuse.c", *flags, compiler=compiler, out=f"misuse_{compiler}")
            done = subprocess.run([misuse, mistake], cwd=self.folder, env=self.sanitized,
                                  capture_output=True, text=True)  # fmt: skip
            self.assertEqual(done.returncode, 66, done.stderr)
            self.assertRegex(done.stderr, report)

    def test_thread(self):
        self.check("thread", "race", r"WARNING: ThreadSanitizer: data race(.*\n)+? +#0 net_\w+_x86_64_v2")

    def test_address(self):
        self.check("address", "overflow", r"heap-buffer-overflow(.*\n)+? +#0 .*net_\w+_x86_64_v2")

    def test_thread_with_convolutions(self):
        model = (f"{UPSCALE}.json", f"{UPSCALE}.safetensors")
        self.net("--sanitize", "thread", model=model, target=TARGET)
        sessions = self.program("sessions.c", "-fsanitize=thread", compiler=COMPILERS[-1])
        self.assertIn(" 0 wrong", self.system(sessions, "2", "1", env=self.sanitized))

    def test_thread_with_weights_beside(self):
        self.net("--sanitize", "thread", "--weights-file", target=TARGET)
        sessions = self.program("sessions.c", "-fsanitize=thread", compiler=COMPILERS[-1])
        found = {**self.sanitized, "NET_WEIGHTS": "net/net.weights"}
        self.assertIn(" 0 wrong", self.system(sessions, "2", "1", env=found))

    def test_the_result_is_the_usual_one(self):
        self.net("--emit", "lib", target=TARGET, folder="usual")
        usual = self.system(self.program("use.c", folder="usual"))
        for sanitizer in ["thread", "address"]:
            self.net("--sanitize", sanitizer, target=TARGET, folder=sanitizer)
            found = self.system(self.program("use.c", f"-fsanitize={sanitizer}", folder=sanitizer))
            self.assertAlmostEqual(float(found.split()[1]), float(usual.split()[1]), delta=2e-4)

    def test_shared(self):
        self.net("--sanitize", "thread", "--emit", "shared", target=TARGET)
        for compiler in COMPILERS:
            sessions = self.program("sessions.c", "-fsanitize=thread", f"-Wl,-rpath,{self.path('net')}",
                                    compiler=compiler, libraries=["-Lnet", "-lnet"])  # fmt: skip
            self.assertIn(" 0 wrong", self.system(sessions, "2", "1", env=self.sanitized))

    def test_what_goes_together(self):
        wrong = self.compile("x.json", "--sanitize", "thread", "--emit", "lib,exe")
        self.assertEqual(wrong.returncode, 1)
        self.assertIn("goes with --emit lib and shared only", wrong.stderr)
        wrong = self.compile("x.json", "--sanitize", "memory")
        self.assertIn("'memory' is none of: thread address", wrong.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)

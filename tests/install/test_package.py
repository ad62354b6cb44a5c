"""cpack: the Debian package says what it needs, and what is in it works where it is unpacked."""
import filecmp
import glob
import os
import re
import subprocess
import unittest

from harness import BUILD, PROGRAMS, ROOT, InstalledCase


class Package(InstalledCase):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.package = cls.pack("first")
        unpacked = os.path.join(cls.scratch, "unpacked")
        cls.system("dpkg-deb", "-x", cls.package, unpacked)
        cls.prefix = os.path.join(unpacked, "usr")

    @classmethod
    def pack(cls, name):
        folder = os.path.join(cls.scratch, name)
        cls.system("cpack", "--config", os.path.join(BUILD, "CPackConfig.cmake"), "-B", folder,
                   SOURCE_DATE_EPOCH="1700000000")  # fmt: skip
        (package,) = glob.glob(os.path.join(folder, "*.deb"))
        return package

    def test_same_bytes_again(self):
        self.assertTrue(filecmp.cmp(self.package, self.pack("second"), shallow=False))

    def field(self, name):
        return self.system("dpkg-deb", "-f", self.package, name).strip()

    def test_says_what_it_is(self):
        with open(os.path.join(ROOT, "CMakeLists.txt")) as file:
            version = re.search(r"project\(swin-compile VERSION (\S+)", file.read())[1]
        self.assertEqual(os.path.basename(self.package), f"swin-compile_{version}_amd64.deb")
        self.assertEqual([self.field(name) for name in ["Package", "Version", "Architecture"]],
                         ["swin-compile", version, "amd64"])  # fmt: skip
        self.assertRegex(self.field("Recommends"), r"^g\+\+ ")

    def test_needs_the_packages_of_its_libraries(self):
        """Of every library that a file in it names, and of no other; Halide comes along."""
        wanted = set()
        for name in [*(f"bin/{program}" for program in PROGRAMS), "lib/swin/halide/libHalide.so"]:
            for path in re.findall(r" => (/.+) \(0x", self.system("ldd", self.path(name))):
                # What libraries need themselves is their packages' business.
                if os.path.basename(path) in self.system("readelf", "-d", self.path(name)) and "Halide" not in path:
                    wanted.add(self.system("dpkg", "-S", self.file_of_package(path)).split(":")[0])
        needed = {part.split(" (")[0] for part in self.field("Depends").split(", ")}
        self.assertEqual(needed, wanted)
        for package in ["libllvm22", "libmlir-22"]:
            self.assertRegex(self.field("Depends"), rf"{package} \(>= 1:22\.1\.\d+\), {package} \(<< 1:22\.2~\)")

    @staticmethod
    def file_of_package(path):
        """Debian 12 knows its files below /usr/lib or, of older packages, /lib, which is the same folder."""
        path = os.path.realpath(path)
        known = subprocess.run(["dpkg", "-S", path], capture_output=True).returncode == 0
        return path if known else path.removeprefix("/usr")

    def test_files(self):
        self.assertEqual(os.listdir(os.path.dirname(self.prefix)), ["usr"])
        self.check_files()
        listed = self.system("dpkg-deb", "-c", self.package)
        for line in listed.splitlines():
            self.assertRegex(line, r"^[-d]rw[x-]r-[x-]r-[x-] root/root ")

    def test_copyright(self):
        with open(self.path("share/doc/swin-compile/copyright")) as file:
            text = file.read()
        for holder in ["The Halide team", "LLVM Exceptions", "Niels Lohmann", "Sean Barrett", "Jean-loup Gailly"]:
            self.assertIn(holder, text)

    def test_programs_know_no_build(self):
        self.check_programs_know_no_build()

    def test_compiles(self):
        self.check_compiles(self.path("bin/swin-compile"))

    def test_nothing_runs_at_installation(self):
        control = os.path.join(self.scratch, "control")
        self.system("dpkg-deb", "-e", self.package, control)
        self.assertEqual(sorted(os.listdir(control)), ["control", "md5sums"])
        done = subprocess.run(["md5sum", "--check", "--quiet", f"{control}/md5sums"], capture_output=True,
                              cwd=os.path.dirname(self.prefix))  # fmt: skip
        self.assertEqual((done.returncode, done.stdout), (0, b""))


if __name__ == "__main__":
    unittest.main(verbosity=2)

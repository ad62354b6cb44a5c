"""compile(schedules=): which schedules a library has, and that a database that has changed is noticed."""
import os
import pathlib
import subprocess
import unittest

import numpy as np

from package import BIN, DIGITS, WEIGHTS, Case, images, swin_compile


class Schedules(Case):
    def test_schedules(self):
        database, command = self.path("some.db"), os.path.join(BIN, "swin-random-schedules")
        draw = [command, "1", database, "host", DIGITS, "--weights", WEIGHTS, "--target", "host"]
        subprocess.run(draw, check=True)
        with open(database, "rb") as file:
            self.assertEqual(file.read(6), b"SQLite")
        folder = self.path("cache")
        usual = self.compiled(cache=folder, schedules="off")
        tuned = self.compiled(cache=folder, schedules=database)
        self.assertEqual((usual.cached, tuned.cached), (False, False))
        self.assertEqual(usual.info["schedules"]["tuned"], 0)
        self.assertGreater(tuned.info["schedules"]["tuned"], 0)
        np.testing.assert_allclose(tuned(images()), usual(images()), atol=1e-4)
        self.assertTrue(self.compiled(cache=folder, schedules=pathlib.Path(database)).cached)
        os.remove(database)
        subprocess.run([draw[0], "2", *draw[2:]], check=True)
        self.assertFalse(self.compiled(cache=folder, schedules=database).cached)
        error = self.fails(swin_compile.CompileError, self.compiled, schedules=self.path("none.db"))
        self.assertIn(self.path("none.db"), error)


if __name__ == "__main__":
    unittest.main(verbosity=2)

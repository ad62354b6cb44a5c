"""What a session takes from the machine: memory, threads, files, system calls. Others do not change its bits."""
import os
import subprocess
import unittest

from linking import LinkCase

QUIET = "no allocation, no system call but futex\n"
CPU = str(min(os.sched_getaffinity(0)))


class Behaviour(LinkCase):
    def setUp(self):
        super().setUp()
        self.net("--emit", "lib")

    def test_nothing_is_left_behind(self):
        flat = self.program("flat.c")
        for threads in [1, 3]:
            # On a machine at work, a thread may have its first turn late, and so its stack: but not always.
            for attempt in range(3):
                found = self.json_of(flat, str(threads))
                early, late = found["after_1000"], found["after_10000"]
                self.assertEqual(late["reserved"], early["reserved"])
                self.assertEqual((late["threads"], late["files"]), (threads, early["files"]))
                if late["resident"] - early["resident"] < 64 << 10:
                    break
            else:
                self.fail(f"memory grows: {found}")

    def test_runs_are_quiet(self):
        quiet = self.program("quiet.c")
        for threads in ["1", "3"]:
            self.assertEqual(self.system(quiet, threads), QUIET)
        noisy = subprocess.run([quiet, "2", "noisy"], cwd=self.folder, capture_output=True)
        self.assertEqual(noisy.returncode, -31, "SIGSYS: a call is seen")

    def test_sessions_do_not_change_each_other(self):
        self.assertIn("288 runs in 8 sessions: 0 wrong", self.system(self.program("sessions.c")))

    def test_threads(self):
        threads = self.program("threads.c")
        alone = self.json_of(threads, "own", "1")
        self.assertEqual((alone["before"], alone["most"], alone["after"], alone["says"]), (1, 1, 1, 1))
        own = self.json_of(threads, "own", "3")
        self.assertEqual((own["before"], own["most"], own["after"], own["says"]), (1, 3, 1, 3))
        callers = self.json_of(threads, "callers", "3")
        self.assertEqual((callers["most"], callers["says"]), (1, 3), "no thread of the session's own")
        self.assertGreater(callers["loops"], 5)
        self.assertEqual({own["bits"], callers["bits"]}, {alone["bits"]})

    def test_one_processor_is_one_worker(self):
        threads = self.program("threads.c")
        one = self.json_of("taskset", "-c", CPU, threads, "default")
        self.assertEqual((one["most"], one["says"]), (1, 1))
        if len(os.sched_getaffinity(0)) > 1:
            more = self.json_of(threads, "default")
            self.assertEqual(more["most"], more["says"])

    def test_an_idle_session_sleeps(self):
        threads = self.program("threads.c")
        # With more threads than processors, none would look for work awake.
        self.assertLess(min(self.json_of(threads, "idle", "2")["idle_ms"] for _ in range(3)), 2)


class WeightsBeside(LinkCase):
    def test_runs_and_sessions(self):
        self.net("--emit", "lib", "--weights-file")
        found = {**os.environ, "NET_WEIGHTS": "net/net.weights"}
        for threads in ["1", "3"]:
            self.assertEqual(self.system(self.program("quiet.c"), threads, env=found), QUIET)
        self.assertIn("288 runs in 8 sessions: 0 wrong", self.system(self.program("sessions.c"), env=found))
        flat = self.json_of(self.program("flat.c"), "2", env=found)
        self.assertEqual(flat["after_1000"]["files"], flat["after_10000"]["files"])


class Executable(LinkCase):
    def test_one_processor_is_one_worker(self):
        self.net("--emit", "exe")
        head = "{'descr': '<f4', 'fortran_order': False, 'shape': (1, 1, 32, 32), }"
        with open(self.path("in.npy"), "wb") as file:
            file.write(b"\x93NUMPY\x01\x00" + len(head).to_bytes(2, "little") + head.encode() + bytes(4 * 32 * 32))
        found = self.json_of("taskset", "-c", CPU, "net/net", "in.npy", "--json")
        self.assertEqual(found["threads"], 1)


if __name__ == "__main__":
    unittest.main(verbosity=2)

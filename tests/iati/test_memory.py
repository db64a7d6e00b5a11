"""However long a file is, reading takes the same memory: a file that exists nowhere is read in a process of its own."""

import subprocess
import sys

import pytest

PROGRAM = '''
from pathlib import Path
from levier.iati.reader import open_records
from levier.iati.streams import Limits

MEGABYTES, MISTAKE = {megabytes}, {mistake!r}
TRANSACTIONS = b"<transaction><value currency='EUR' value-date='2020-01-01'>1</value></transaction>\\n" * 10
ACTIVITY = b"<iati-activity><iati-identifier>A</iati-identifier>%s</iati-activity>\\n<!-- c -->" % TRANSACTIONS


class Endless:
    """A file that is made while it is read, with a mistake at the end."""

    def __init__(self) -> None:
        self.seek(0)

    def seek(self, place: int) -> int:
        self._left = MEGABYTES * 1_000_000 // len(ACTIVITY)
        self._start = b"<iati-activities version='2.03'>"
        return place

    def read(self, size: int = -1) -> bytes:
        if self._start:
            start, self._start = self._start, b""
            return start[:2] if size == 2 else start
        self._left -= 1
        if self._left > 0:
            return ACTIVITY
        return b"<iati-activity>%s</iati-activity></iati-activities>" % MISTAKE if self._left == 0 else b""


def peak() -> int:
    """Megabytes, of this program alone: ru_maxrss would have those of the process that started it."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) // 1024


before = peak()
records = open_records(Endless(), "a.xml", Limits(1 << 40, 1 << 20))
items = sum(len(record) for record in records)
print(records.given, records.bytes_read // 1_000_000, len(records.problems), peak(), peak() - before)
'''


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells the most memory of a program")
@pytest.mark.parametrize(("mistake", "problems"), [("", 0), ("&nbsp; &", 2)], ids=["strict", "read again and repaired"])
def test_memory_does_not_grow_with_the_file(mistake: str, problems: int) -> None:
    program = PROGRAM.format(megabytes=65, mistake=mistake.encode())
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    given, megabytes, found, peak, more = map(int, done.stdout.split())

    assert (given > 60_000, megabytes >= 64, found) == (True, True, problems)
    assert peak < 120
    assert more < 10

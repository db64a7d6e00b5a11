"""The set of lines that a run has written."""

from levier.linking.written import Lines


def test_lines_that_were_taken_in_are_known_and_no_others() -> None:
    lines = Lines()
    lines.add(b"line %d" % number for number in range(0, 5000, 2))
    lines.close()

    assert [number % 2 == 0 for number in range(5000)] == [b"line %d" % number in lines for number in range(5000)]


def test_a_line_taken_in_twice_is_known() -> None:
    lines = Lines()
    lines.add([b"same", b"same"])
    lines.close()

    assert b"same" in lines
    assert b"" not in lines

"""Bringing what a version before 2.01 says into the form of 2.03, by a table."""

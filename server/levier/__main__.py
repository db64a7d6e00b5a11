"""`python -m levier` is the `levier` command."""

from levier.cli import main

if __name__ == "__main__":
    main()

"""`python -m flowrun` is the command `flowrun`."""

from flowrun.cli import main

if __name__ == "__main__":
    main()

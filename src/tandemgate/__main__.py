"""``python -m tandemgate`` is ``tandemgate``."""

from tandemgate.cli.main import main

if __name__ == "__main__":
    main()

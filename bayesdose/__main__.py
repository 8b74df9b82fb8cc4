"""Start of the command line: ``bayesdose`` or ``python -m bayesdose``."""

import sys


def main() -> None:
    """Run the command line, or say how to install what it needs."""
    try:
        from bayesdose.cli import app
    except ModuleNotFoundError as missing:
        if missing.name != "cyclopts":
            raise
        sys.exit('The command line needs an extra: python -m pip install "bayesdose[cli]"')
    from bayesdose.errors import BayesdoseError

    try:
        app()
    except (BayesdoseError, OSError) as error:
        sys.exit(f"bayesdose: {error}")


if __name__ == "__main__":
    main()

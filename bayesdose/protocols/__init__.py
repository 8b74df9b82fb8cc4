"""Phase I protocols as data: five trials, and how to load another from a TOML file."""

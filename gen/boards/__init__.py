"""The target registry: TOML in, checked data out."""

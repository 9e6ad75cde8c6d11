"""Samples: read from files, or synthetic."""

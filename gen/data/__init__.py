"""Samples: read from files, or made up."""

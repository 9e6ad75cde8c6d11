"""Quantization: from a float graph and calibration data to a graph of integers."""

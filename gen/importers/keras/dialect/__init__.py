"""The meaning of a file in each generation of Keras: canonical layers, arrays, wiring."""

"""The judges of outputs: the reference, and the Keras that reads the file."""

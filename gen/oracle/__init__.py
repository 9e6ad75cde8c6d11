"""Who judges: the reference, and the Keras that reads the file."""

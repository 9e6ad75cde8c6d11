"""Fuzzing: random models against Keras (``make fuzz``), bytes against the readers and the link."""

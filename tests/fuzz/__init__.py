"""Fuzzing: random models against Keras (``python -m fuzz``, ``make fuzz``), bytes against the readers and the link."""

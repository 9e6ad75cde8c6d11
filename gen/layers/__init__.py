"""One file a layer kind: its shapes, its meaning in NumPy, its test cases. Nothing here knows an importer."""

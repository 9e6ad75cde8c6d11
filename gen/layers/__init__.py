"""One file per layer kind: its shapes, its meaning in NumPy. Nothing here knows an importer."""

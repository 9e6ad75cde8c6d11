"""One file a layer kind: its shapes, its meaning in NumPy. Nothing here knows an importer."""

"""What each generation of Keras means by a description: canonical layers, arrays, wiring."""

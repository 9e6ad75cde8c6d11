"""Models in memory, and files loaded with a user's own module: saved and traced by Keras itself."""

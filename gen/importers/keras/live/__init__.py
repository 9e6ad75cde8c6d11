"""Models in memory, and what a user's own module makes of a file: saved and traced by Keras itself."""

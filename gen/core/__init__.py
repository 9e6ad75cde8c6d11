"""What every room may know: graphs, storage formats, activation functions, errors, settings."""

"""What a program takes of a board, before anything is flashed."""

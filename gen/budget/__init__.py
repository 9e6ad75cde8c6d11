"""Flash, RAM and stack of a program on a board, before anything is flashed."""

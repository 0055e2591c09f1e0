"""Pipes of bytes: which serial ports there are, how one is found and held, and what reads and writes it."""

"""Rigs as programs of their own: twins and firmware on pseudo-terminals, emulators, faults on their lines."""

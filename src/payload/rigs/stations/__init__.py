"""Rigs at work: a mission's calls made telecommands, one station a rig, all of them on a bench."""

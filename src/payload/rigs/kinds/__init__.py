"""Rig kinds: their descriptions, their dictionaries, and the firmware's tables made from them."""

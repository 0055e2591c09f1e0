"""What goes over the wire: bytes to frames and frames to values, and back (PROTOCOL.md, sections 1 to 7)."""

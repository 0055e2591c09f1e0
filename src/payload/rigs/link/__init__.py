"""The host's side of the conversation with one rig, without a thread, a port or a clock of its own."""

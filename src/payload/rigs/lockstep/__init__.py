"""Rigs in virtual time: the same stations' work, event to event, without a thread."""

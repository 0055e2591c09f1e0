"""The firmware's tables are those of the kinds' descriptions; their dictionary is the one whose hash HELLO tells."""

from __future__ import annotations

import json
import zlib

import pytest
from firmware_builders import FIRMWARE, KINDS, VECTORS

from payload.rigs.kinds.c_tables import tables

DICTIONARIES = json.loads((VECTORS / "dictionaries.json").read_text())


def test_are_fresh() -> None:
    """`make -C firmware_stubs tables` writes them."""
    written = tables(FIRMWARE)
    assert set(written) == {FIRMWARE / "fuzz/facts.h", *(FIRMWARE / "kinds").glob("*_tables.h")}
    assert [path.name for path, text in written.items() if path.read_text() != text] == []


@pytest.mark.parametrize("kind", KINDS)
def test_shipped_dictionary(kind: str) -> None:
    shipped = DICTIONARIES[kind]
    text = zlib.decompress(bytes.fromhex(shipped["zlib_hex"]))
    assert text.decode("ascii") == shipped["text"]
    assert f"0x{zlib.crc32(text):08X}" in (FIRMWARE / f"kinds/{kind.replace('-', '_')}_tables.h").read_text()

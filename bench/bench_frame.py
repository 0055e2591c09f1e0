"""The frame codec against its floor: bare cobs and crc_hqx on the same 24-byte message."""

from binascii import crc_hqx

import pytest
from cobs import cobs

from payload.rigs.wire.frame import Deframer, Frame, decode, encode

FRAME = Frame(0x83, 1, 258, bytes(range(17)))
RAW = encode(FRAME)[:-1]
HEAD = cobs.decode(RAW)[:-2]


def test_which_codec_is_loaded() -> None:
    """Without a compiler pip installs the pure-Python codec in silence."""
    from cobs.cobs import _cobs_ext

    assert _cobs_ext, "the C codec of cobs is missing"


@pytest.mark.benchmark(group="frame: encode")
def test_encode_floor(benchmark) -> None:
    def floor() -> bytes:
        return cobs.encode(HEAD + crc_hqx(HEAD, 0xFFFF).to_bytes(2, "little")) + b"\0"

    assert benchmark(floor) == RAW + b"\0"


@pytest.mark.benchmark(group="frame: encode")
def test_encode(benchmark) -> None:
    assert benchmark(encode, FRAME) == RAW + b"\0"


@pytest.mark.benchmark(group="frame: decode")
def test_decode_floor(benchmark) -> None:
    def floor() -> bool:
        raw = cobs.decode(RAW)
        return crc_hqx(raw[:-2], 0xFFFF) == int.from_bytes(raw[-2:], "little")

    assert benchmark(floor)


@pytest.mark.benchmark(group="frame: decode")
def test_decode(benchmark) -> None:
    assert benchmark(decode, RAW) == FRAME


@pytest.mark.benchmark(group="frame: stream of 100")
def test_stream_floor(benchmark) -> None:
    data = (RAW + b"\0") * 100

    def floor() -> int:
        return sum(crc_hqx(cobs.decode(coded)[:-2], 0xFFFF) > 0 for coded in data.split(b"\0") if coded)

    assert benchmark(floor) == 100


@pytest.mark.benchmark(group="frame: stream of 100")
def test_stream(benchmark) -> None:
    data = (RAW + b"\0") * 100
    assert len(benchmark(lambda: Deframer().feed(data))) == 100

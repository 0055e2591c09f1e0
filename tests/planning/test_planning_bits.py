"""Masks say the same as loops over their bits."""

from hypothesis import given, settings
from hypothesis import strategies as st

from payload.planning.bits import heads, highest, lowest, ones, reaching, room, shifted, span, tails

SIZE = 40
FULL = span(0, SIZE)
masks = st.integers(0, FULL)


def bits(mask: int) -> set[int]:
    return set(ones(mask))


@given(masks, st.integers(1, 12))
def test_room_is_where_so_many_bits_in_a_row_begin(mask: int, length: int) -> None:
    assert bits(room(mask, length)) == {i for i in range(SIZE) if all(mask >> k & 1 for k in range(i, i + length))}


@given(masks, st.integers(-15, 15), st.none() | st.integers(-15, 25))
def test_shifted_and_reaching_are_the_two_ends_of_a_distance(mask: int, low: int, high: int | None) -> None:
    def apart(i: int, j: int) -> bool:
        return low <= j - i and (high is None or j - i <= high)

    assert bits(shifted(mask, low, high, FULL)) == {j for j in range(SIZE) if any(apart(i, j) for i in bits(mask))}
    assert bits(reaching(mask, low, high, FULL)) == {i for i in range(SIZE) if any(apart(i, j) for j in bits(mask))}


@settings(max_examples=50)
@given(masks, st.integers(1, 5))
def test_heads_and_tails_are_the_ends_of_runs(mask: int, stride: int) -> None:
    first = [i for i in ones(mask) if not any(i - k in bits(mask) for k in range(1, stride + 1))]
    last = [i for i in ones(mask) if not any(i + k in bits(mask) for k in range(1, stride + 1))]
    assert heads(mask, stride, SIZE) == first
    assert tails(mask, stride, SIZE) == last[::-1]


def test_edges() -> None:
    assert (lowest(0), highest(0), lowest(0b1100), highest(0b1100)) == (-1, -1, 2, 3)
    assert span(-3, 2) == 0b11
    assert span(5, 5) == span(6, 2) == 0

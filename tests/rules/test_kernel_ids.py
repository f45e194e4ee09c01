"""Numbers a resident can read over the telephone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from answerable.kernel.errors import BadNumber, MistypedNumber
from answerable.kernel.ids import RequestNumber, check_digit, new_token, read_number

numbers = st.builds(RequestNumber, year=st.integers(0, 99), serial=st.integers(1, 9_999_999))


def test_the_check_digit_is_damm_s() -> None:
    assert check_digit("572") == 4


@given(numbers)
def test_a_number_reads_back_however_it_is_spaced(number: RequestNumber) -> None:
    written = str(number)

    assert read_number(written) == number
    assert read_number(written.replace("-", " ")) == number
    assert read_number(f" {written.replace('-', '')} ") == number


@given(numbers, st.integers(0, 9), st.integers(0, 9))
def test_one_mistyped_digit_is_always_caught(number: RequestNumber, position: int, digit: int) -> None:
    digits = list(str(number).replace("-", ""))
    if digits[position] == str(digit):
        return
    digits[position] = str(digit)

    with pytest.raises(MistypedNumber):
        read_number("".join(digits))


@given(numbers, st.integers(0, 8))
def test_two_swapped_neighbours_are_always_caught(number: RequestNumber, position: int) -> None:
    digits = list(str(number).replace("-", ""))
    if digits[position] == digits[position + 1]:
        return
    digits[position], digits[position + 1] = digits[position + 1], digits[position]

    with pytest.raises(MistypedNumber):
        read_number("".join(digits))


@pytest.mark.parametrize(
    "text", ["", "26", "26-018421-7", "26-0184213-77", "ab-0184213-1", "٢٦-0184213-1", "26_0184213_1"]
)
def test_what_is_no_number_is_said_to_be_none(text: str) -> None:
    with pytest.raises(BadNumber) as refused:
        read_number(text)

    assert refused.value.field == "number"
    assert "ten digits" in str(refused.value)


def test_tokens_are_long_and_never_alike() -> None:
    tokens = {new_token() for _ in range(1000)}

    assert len(tokens) == 1000
    assert all(len(token) == 22 for token in tokens)

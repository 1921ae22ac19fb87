"""Decimals against Python's decimal module: 38 digits, half to even, the same answers.

Python computes with an exponent range far wider than ours, so that its result is never subnormal;
our range is then applied to it. More cases: --cases N or DELTAWARD_CASES."""
import decimal
import itertools
import os
import random
import struct
import subprocess

import pytest

DIGITS = 38
EXPONENT_MAX = 6144
BATCH = 50_000
SEED = 20260301

CONTEXT = decimal.Context(prec=DIGITS, rounding=decimal.ROUND_HALF_EVEN, Emin=-999_999,
                          Emax=999_999, traps=[decimal.DivisionByZero])
# holds every remainder of two numbers in range exactly
EXACT = decimal.Context(prec=3 * EXPONENT_MAX, Emin=-999_999, Emax=999_999, traps=[])


@pytest.fixture(scope="session")
def cases(request):
    return request.config.getoption("--cases") or int(os.environ.get("DELTAWARD_CASES", "100000"))


def run(build, lines):
    """The answers of decimal_cases, one for each line."""
    program = build / "tests" / "tools" / "decimal_cases"
    done = subprocess.run([program], input="\n".join(lines) + "\n", text=True,
                          capture_output=True, check=True, timeout=600)
    answers = done.stdout.splitlines()
    assert len(answers) == len(lines)
    return answers


def out_of_range(number):
    return not number.is_zero() and abs(number.adjusted()) > EXPONENT_MAX


def canonical(number):
    """The text that decimal_format promises."""
    number = number.normalize(EXACT)
    if number.is_zero():
        return "0"
    sign, digits, exponent = number.as_tuple()
    digits = "".join(map(str, digits))
    whole = len(digits) + exponent
    if whole > DIGITS or -exponent > DIGITS:
        fraction = "." + digits[1:] if len(digits) > 1 else ""
        text = f"{digits[0]}{fraction}E{whole - 1:+d}"
    elif whole <= 0:
        text = "0." + "0" * -whole + digits
    elif whole >= len(digits):
        text = digits + "0" * exponent
    else:
        text = digits[:whole] + "." + digits[whole:]
    return "-" * sign + text


def answer_of(number, rounded=False):
    if out_of_range(number):
        return "limit"
    return canonical(number) + (" rounded" if rounded else "")


def expect_arithmetic(name, a, b):
    if name in ("div", "rem") and b.is_zero():
        return "invalid"
    if name == "rem":
        return answer_of(EXACT.remainder(a, b))
    context = CONTEXT.copy()
    context.clear_flags()
    operate = {"add": context.add, "sub": context.subtract, "mul": context.multiply,
               "div": context.divide}[name]
    result = operate(a, b)
    return answer_of(result, context.flags[decimal.Inexact])


def expect(name, first, second):
    a = decimal.Decimal(first)
    if name == "parse":
        return answer_of(a) if len(a.normalize(EXACT).as_tuple().digits) <= DIGITS else "limit"
    if name == "neg":
        return answer_of(a.copy_negate())
    if name == "round":
        return answer_of(a.to_integral_value(decimal.ROUND_HALF_UP))
    if name == "cmpdouble":
        return str(int(a.compare(decimal.Decimal(float(second)), EXACT)))
    b = decimal.Decimal(second)
    if name == "cmp":
        return str((a > b) - (a < b))
    return expect_arithmetic(name, a, b)


class Numbers:
    """Random numbers of many shapes, as text within our range."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def coefficient(self):
        pick = self.random
        length = pick.choice([1, 2, 3, 5, 9, 17, 18, 19, 20, 21, 37, 38, 38])
        shape = pick.randrange(7)
        if shape == 0:
            return "9" * length
        if shape == 1:
            return "1" + "0" * (length - 1)
        if shape == 2:
            return "5" * length
        if shape == 3:  # zeros and nines in runs: carries and cancellations
            return "".join(pick.choice("09") * pick.randint(1, 9) for _ in range(9))[:length]
        if shape == 4:  # ends in a near-half
            head = str(pick.randrange(10 ** max(1, length - 3)))
            return head + pick.choice(["499", "500", "501", "5", "49", "51"])
        if shape == 5:  # at the edges of machine words
            return str(abs(2 ** pick.choice([32, 63, 64, 64, 126]) + pick.randint(-2, 2)))
        return str(pick.randrange(10 ** length))

    def exponent(self):
        pick = self.random
        shape = pick.randrange(8)
        if shape == 0:
            return pick.randint(-6181, 6107)
        if shape == 1:
            return pick.choice([-6181, -6180, -6144, -6143, 6100, 6106, 6107])
        if shape < 5:
            return pick.randint(-45, 45)
        return pick.randint(-4, 2)

    def text(self):
        while True:
            digits = self.coefficient()[:DIGITS]
            exponent = self.exponent()
            sign = self.random.choice(["", "-"])
            if out_of_range(decimal.Decimal(f"{digits}E{exponent}")):
                continue
            if -10 < exponent < 0 and self.random.random() < 0.7:
                digits = digits.rjust(1 - exponent, "0")
                return f"{sign}{digits[:exponent]}.{digits[exponent:]}"
            return f"{sign}{digits}" + (f"E{exponent}" if exponent else "")

    def near(self, text):
        """A number that almost cancels the other, or that is half of its last place."""
        pick = self.random
        number = decimal.Decimal(text)
        exponent = number.as_tuple().exponent - pick.randint(0, 45)
        step = decimal.Decimal((pick.randrange(2), tuple(map(int, self.coefficient()[:3])),
                                exponent))
        near = CONTEXT.add(number, step) if pick.randrange(2) else step
        return str(near) if not out_of_range(near) else text

    def pair(self):
        first = self.text()
        second = self.near(first) if self.random.randrange(3) == 0 else self.text()
        return first, second

    def double(self):
        pick = self.random
        if pick.randrange(2):
            return repr(float(pick.choice([pick.uniform(-1000, 1000), pick.randint(-999, 999) / 10,
                                           pick.randint(-2 ** 60, 2 ** 60)])))
        while True:
            number = struct.unpack("<d", pick.randbytes(8))[0]
            if number - number == 0:
                return repr(number)


def differences(build, lines, expected):
    answers = run(build, lines)
    return [f"{line}: {answer}, not {want}"
            for line, answer, want in zip(lines, answers, expected) if answer != want]


def check_random(build, count, make):
    """Compares `count` cases of make(numbers) -> (name, first, second)."""
    numbers = Numbers(SEED)
    wrong = []
    for start in range(0, count, BATCH):
        batch = [make(numbers) for _ in range(min(BATCH, count - start))]
        wrong += differences(build, [" ".join(case) for case in batch],
                             [expect(*case) for case in batch])
    assert not wrong, f"{len(wrong)} of {count} differ:\n" + "\n".join(wrong[:20])


@pytest.mark.parametrize("name", ["add", "sub", "mul", "div", "rem", "cmp"])
def test_arithmetic__equals_python(build, cases, name):
    check_random(build, cases // 10, lambda numbers: (name, *numbers.pair()))


@pytest.mark.parametrize("name", ["parse", "neg", "round"])
def test_one_operand__equals_python(build, cases, name):
    check_random(build, cases // 10, lambda numbers: (name, numbers.text(), ""))


def test_compare_double__is_exact(build, cases):
    def make(numbers):
        double = numbers.double()
        exact = format(CONTEXT.create_decimal(float(double)), "E")
        other = numbers.text()
        return "cmpdouble", numbers.random.choice([double, exact, exact, other]), double

    check_random(build, cases // 10, make)


def test_from_double__is_the_shortest_text(build, cases):
    numbers = Numbers(SEED)
    texts = [numbers.double() for _ in range(cases // 20)] + ["5e-324", "-0.0", "1e22", "1e23",
                                                              "1.7976931348623157e308"]
    wrong = differences(build, [f"fromdouble {text}" for text in texts],
                        [canonical(decimal.Decimal(text)) for text in texts])
    assert not wrong, "\n".join(wrong[:20])


def expect_conversions(text):
    number = decimal.Decimal(text)
    if number.is_zero():
        number = abs(number)  # we have no negative zero

    def integer(low, high):
        if number != number.to_integral_value():
            return "invalid"
        return str(int(number)) if low <= number <= high else "limit"

    return " ".join([integer(-2 ** 63, 2 ** 63 - 1), integer(0, 2 ** 64 - 1),
                     f"{float(number):.17g}"])


def test_conversions__equal_python(build, cases):
    numbers = Numbers(SEED)
    texts = [numbers.text() for _ in range(cases // 20)]
    texts += [str(sign * 2 ** power + step) for power in (53, 54, 63, 64, 65)
              for sign in (1, -1) for step in (-1, 0, 1)]
    wrong = differences(build, [f"convert {text}" for text in texts],
                        [expect_conversions(text) for text in texts])
    assert not wrong, "\n".join(wrong[:20])


def test_parse__boundaries(build):
    wide = "1" * 38
    table = [
        ("1E+6144", "1E+6144"), ("1E+6145", "limit"), ("1E-6144", "1E-6144"),
        ("1E-6145", "limit"), ("0.1E-6143", "1E-6144"), ("0.1E-6144", "limit"),
        (f"{wide}E-6181", f"1.{wide[1:]}E-6144"), (f"{wide}E-6182", "limit"),
        (wide, wide), (wide + "1", "limit"), (wide + "0", f"1.{wide[1:]}E+38"),
        ("0" * 5000 + "7" + "0" * 5000 + "E-5000", "7"), ("0." + "0" * 5000 + "7E5001", "7"),
        ("7" + "0" * 20000 + "E-20000", "7"),
        ("0E+999999999999999999999", "0"), ("1E+999999999999999999999", "limit"),
        ("1E-999999999999999999999", "limit"), ("-0", "0"), ("-0.000", "0"), ("+7", "7"),
        (".5", "0.5"), ("5.", "5"), ("5.E1", "50"), ("1e3", "1000"), ("1E+3", "1000"),
        ("", "invalid"), (".", "invalid"), ("-", "invalid"), ("+", "invalid"), ("1.2.3", "invalid"),
        ("1E", "invalid"), ("1E+", "invalid"), ("E5", "invalid"), (".E5", "invalid"),
        ("--1", "invalid"), ("1-", "invalid"), ("0x10", "invalid"), ("NaN", "invalid"),
        ("Infinity", "invalid"), ("1_000", "invalid"), ("1,5", "invalid"), ("\u0661", "invalid"),
    ]
    wrong = differences(build, [f"parse {text}" for text, _ in table], [want for _, want in table])
    assert not wrong, "\n".join(wrong)


def test_ninety_percent__is_not_below_ninety_percent(build):
    """Old prices 0.10 to 1000.00, new = exactly 90 %: new < old * 0.9 holds for none of them.
    With doubles it does for 2,180."""
    old = [decimal.Decimal(tenths) / 10 for tenths in range(1, 10_001)]
    limits = run(build, [f"mul {price} 0.9" for price in old])
    exact = [price * 9 / 10 for price in old]
    orders = run(build, [f"cmp {new} {limit}" for new, limit in zip(exact, limits)])
    assert orders == ["0"] * len(old)
    assert sum(float(new) < float(price) * 0.9 for new, price in zip(exact, old)) == 2180
    below = run(build, [f"cmp {new - decimal.Decimal('0.001')} {limit}"
                        for new, limit in zip(exact, limits)])
    assert set(itertools.chain(below)) == {"-1"}

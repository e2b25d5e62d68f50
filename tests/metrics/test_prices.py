from pathlib import Path

import numpy as np
import pytest

from socialsim.core.errors import ParameterError
from socialsim.metrics.prices import read_prices

GIVEN = Path(__file__).parents[2] / "scenarios" / "data" / "wti.csv"


def written(folder, text, encoding="utf-8"):
    path = folder / "prices.csv"
    path.write_bytes(text.encode(encoding))
    return path


@pytest.mark.parametrize(
    "text",
    [
        "date,price\n2020-01-02,1.5\n2020-01-03,2\n",
        "Price,volume,DATE\n1.5,7,2020-01-02\n2,8,2020-01-03\n",
        "DATE,DCOILWTICO\r\n2020-01-02,1.5\r\n\r\n2020-01-03,2e0\r\n",
        "﻿day, close\n2020-01-02, 1.5\n2020-01-03, 2",
    ],
)
def test_dates_and_prices_are_read(text, tmp_path):
    dates, prices = read_prices(written(tmp_path, text))
    assert prices.tolist() == [1.5, 2.0]
    assert dates.astype("datetime64[D]").astype(str).tolist() == ["2020-01-02", "2020-01-03"]


def test_times_of_day_order_prices_of_one_day(tmp_path):
    path = written(tmp_path, "date,price\n2020-01-02 09:30,1\n2020-01-02 09:31,2\n")
    assert np.diff(read_prices(path).dates) == np.timedelta64(60, "s")


def test_the_series_beside_the_scripts_is_read():
    dates, prices = read_prices(GIVEN)
    assert len(prices) == 8321
    assert dates[0] == np.datetime64("1986-01-02")
    assert prices.max() == 145.31


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", ": it is empty; accepted: a header, then rows of a date and a price"),
        ("date,price\n", ": it has 0 prices; accepted: two or more"),
        ("date,price\n2020-01-02,1\n", ": it has 1 prices; accepted: two or more"),
        ("a,b,c\n1,2,3\n", ", row 1: 'a, b, c' is no header; accepted: a column named date and one named price, or two "
         "columns of any names, the date first"),
        ("2020-01-02,1\n2020-01-03,2\n", ", row 1: '2020-01-02, 1' is no header; accepted: a column named date and one "
         "named price, or two columns of any names, the date first"),
        ("date,price\n2020-01-02,1\n2020-01-03,nan\n", ", row 3, column 'price': 'nan' is not accepted; accepted: a "
         "finite number > 0"),
        ("date,price\n2020-01-02,1\n\n2020-01-03,\n", ", row 4, column 'price': '' is not accepted; accepted: a finite "
         "number > 0"),
        ("date,price\n2020-01-02,0\n", ", row 2, column 'price': '0' is not accepted; accepted: a finite number > 0"),
        ("date,price\n2020-01-02,-1\n", ", row 2, column 'price': '-1' is not accepted; accepted: a finite number > 0"),
        ("date,price\n2020-01-02,oil\n", ", row 2, column 'price': 'oil' is not accepted; accepted: a finite number "
         "> 0"),
        ("date,price\n2020-01-02,1\n2020-01-02,2\n", ", row 3, column 'date': '2020-01-02' repeats the date of the row "
         "above; accepted: dates that rise from row to row"),
        ("date,price\n2020-01-02,1\n2020-01-01,2\n", ", row 3, column 'date': '2020-01-01' is before that of the row "
         "above; accepted: dates that rise from row to row"),
        ("date,price\n2020-13-02,1\n", ", row 2, column 'date': '2020-13-02' is not accepted; accepted: a date such as "
         "2008-09-15"),
        ("2020-01-02,\n2020-01-03,2\n2020-01-04,3\n", ", row 1: '2020-01-02, ' is no header; accepted: a column named "
         "date and one named price, or two columns of any names, the date first"),
        ("2020-01-02,n/a\n2020-01-03,2\n", ", row 1: '2020-01-02, n/a' is no header; accepted: a column named date and "
         "one named price, or two columns of any names, the date first"),
        ("date,price\n2020-01-02,1_000\n", ", row 2, column 'price': '1_000' is not accepted; accepted: a finite "
         "number > 0"),
        ("date,price\n2020-01-02,1,5\n", ", row 2: has 3 columns; accepted: 2, as the header"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_named_by_file_row_and_column(text, message, tmp_path):
    path = written(tmp_path, text)
    with pytest.raises(ParameterError) as error:
        read_prices(path)
    assert str(error.value) == f"{path}{message}"


def test_a_file_that_is_not_there_or_not_text_is_refused(tmp_path):
    with pytest.raises(ParameterError, match="cannot be read"):
        read_prices(tmp_path / "none.csv")
    with pytest.raises(ParameterError, match="cannot be read"):
        read_prices(written(tmp_path, "date,price\n2020-01-02,1£\n", "latin-1"))

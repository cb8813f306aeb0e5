"""How people who read Arabic read and type dates, times and numbers, with Latin digits."""

DATE_FORMAT = SHORT_DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "j M Y, H:i e"
EXACT_DATETIME_FORMAT = "j M Y, H:i:s e"  # of journals
YEAR_MONTH_FORMAT = "F Y"
MONTH_DAY_FORMAT = "j F"

DATE_INPUT_FORMATS = ["%d/%m/%Y", "%Y-%m-%d"]

DECIMAL_SEPARATOR = "."
THOUSAND_SEPARATOR = ","
NUMBER_GROUPING = 3

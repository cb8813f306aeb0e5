"""Dates and times for people who read English: one way for the whole product, on a clock of 24 hours.
A time with its date says of which time zone it is (`e`), so every language that is offered has its module
here. What is typed has the year first or the month as a word: `5/6/2026` is two days.
"""

DATE_FORMAT = SHORT_DATE_FORMAT = "j M Y"
TIME_FORMAT = "H:i"
DATETIME_FORMAT = SHORT_DATETIME_FORMAT = "j M Y, H:i e"
EXACT_DATETIME_FORMAT = "j M Y, H:i:s e"  # of journals
YEAR_MONTH_FORMAT = "F Y"
MONTH_DAY_FORMAT = "j F"

DATE_INPUT_FORMATS = ["%Y-%m-%d", "%d %b %Y", "%d %B %Y"]

NUMBER_GROUPING = 0  # thousands are not set apart

"""The fast layer: what makes a statement that every sale or scan sends cheap, and nothing else.

A sale, a scan and a log-in by token build the same few statements again and again. Django would make
each from its queryset every time, and PostgreSQL plan it every time; here both happen once.

- `kept`: a decorator for a function that returns a queryset. Its SQL is built at the first call; later
  ones change the values only. What comes back are instances, as the queryset would have given them, or
  a small type that says what was read beside them.
- `prepared`: such a statement, planned by PostgreSQL once in each connection (`PREPARE`); plain SQL on
  SQLite and behind a pooler. It knows no driver.
- `insert`: several rows by one INSERT that was built once, with their ids.
- `together`: what a transaction writes, sent with one round trip at its end.
- `above`: the table that a foreign key leads to in a room above, for locks and look-ups.

Write a rule about rows as a queryset, elsewhere; come here only with a statement that the queue waits
for, when `make bench` shows that it costs. What each part is worth, and what was left out, is in
docs/adr/0007.
"""

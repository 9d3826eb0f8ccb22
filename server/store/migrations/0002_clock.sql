-- The clock that plans are told on: at most one row. Within one boot of one machine the monotonic clock goes on over a
-- restart of the coordinator, so its name does, too.
CREATE TABLE clock (
    only    INTEGER PRIMARY KEY CHECK (only = 1),
    id      TEXT NOT NULL,
    boot    TEXT NOT NULL,
    -- what the clock showed when the coordinator was last started, microseconds
    read_us INTEGER NOT NULL
) STRICT;

-- The queues, in pieces of a few hundred entries: an edit writes the pieces it touches. `position` orders those of a zone
-- and leaves room between; what is in one only the zone's own code reads.
CREATE TABLE queue_chunks (
    zone     TEXT NOT NULL REFERENCES zones (id) ON DELETE CASCADE,
    position INTEGER NOT NULL,
    entries  BLOB NOT NULL,
    PRIMARY KEY (zone, position)
) STRICT;

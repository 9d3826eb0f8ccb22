-- A name may only go if nothing names it: without these, each that goes reads all of the history.

CREATE INDEX plays_by_zone_name ON plays (zone_name);
CREATE INDEX stretches_by_speaker_name ON stretches (speaker_name);

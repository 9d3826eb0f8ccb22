-- What people set for a speaker beyond its volume: bounds, the part of the stereo picture, labels as a JSON object.
ALTER TABLE speakers ADD COLUMN min_volume REAL NOT NULL DEFAULT 0.0;
ALTER TABLE speakers ADD COLUMN max_volume REAL NOT NULL DEFAULT 100.0;
ALTER TABLE speakers ADD COLUMN channels TEXT NOT NULL DEFAULT 'stereo';
ALTER TABLE speakers ADD COLUMN labels TEXT NOT NULL DEFAULT '{}';

-- Sets of zones that can be recalled.
CREATE TABLE presets (
    id      TEXT PRIMARY KEY,
    name    TEXT NOT NULL UNIQUE COLLATE NOCASE,
    -- zones, their speakers and all volumes as JSON, which only the conductor reads
    content TEXT NOT NULL,
    saved   TEXT NOT NULL
) STRICT;

-- What was answered to requests with an Idempotency-Key, for those who ask again.
CREATE TABLE answers (
    key     TEXT PRIMARY KEY,
    -- BLAKE3 of the route and the body of the request
    request BLOB NOT NULL,
    status  INTEGER NOT NULL,
    -- the content type, empty if there is no body
    kind    TEXT NOT NULL,
    body    BLOB NOT NULL,
    -- seconds since 1970
    at      INTEGER NOT NULL
) STRICT;

CREATE INDEX answers_by_age ON answers (at);

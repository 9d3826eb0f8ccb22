-- What people think of tracks, how often these were heard, and where a book is to go on. By the track's id, which
-- survives moving and retagging of its file.

CREATE TABLE track_marks (
    track         TEXT PRIMARY KEY REFERENCES tracks (id) ON DELETE CASCADE,
    -- 0..=100; null: nobody said
    rating        INTEGER,
    -- as counted here, and seconds since 1970 of the latest
    plays         INTEGER NOT NULL DEFAULT 0,
    played        INTEGER NOT NULL DEFAULT 0,
    -- the same as another program counted before
    plays_before  INTEGER NOT NULL DEFAULT 0,
    played_before INTEGER NOT NULL DEFAULT 0
) STRICT, WITHOUT ROWID;

-- A copy for lists: -1 is no rating, 0 is never.
ALTER TABLE songs ADD COLUMN rating INTEGER NOT NULL DEFAULT -1;
ALTER TABLE songs ADD COLUMN plays INTEGER NOT NULL DEFAULT 0;
ALTER TABLE songs ADD COLUMN played INTEGER NOT NULL DEFAULT 0;

CREATE INDEX songs_by_rating ON songs (rating, k_album, num, shown);
CREATE INDEX songs_by_plays ON songs (plays, k_album, num, shown);
CREATE INDEX songs_by_played ON songs (played, num, shown);
DROP INDEX songs_in_short;
CREATE INDEX songs_in_short ON songs (num, album, year, format, rate, added, rating, plays, played, shown);

CREATE TRIGGER songs_marked AFTER INSERT ON songs WHEN EXISTS (SELECT 1 FROM track_marks WHERE track = new.id) BEGIN
    UPDATE songs SET (rating, plays, played) =
        (SELECT coalesce(rating, -1), plays + plays_before, max(played, played_before)
         FROM track_marks WHERE track = new.id)
    WHERE num = new.num;
END;

CREATE TRIGGER marks_added AFTER INSERT ON track_marks BEGIN
    UPDATE songs SET rating = coalesce(new.rating, -1), plays = new.plays + new.plays_before,
        played = max(new.played, new.played_before) WHERE id = new.track;
END;

CREATE TRIGGER marks_changed AFTER UPDATE ON track_marks BEGIN
    UPDATE songs SET rating = coalesce(new.rating, -1), plays = new.plays + new.plays_before,
        played = max(new.played, new.played_before) WHERE id = new.track;
END;

-- Whether a play was counted.
ALTER TABLE plays ADD COLUMN counted INTEGER NOT NULL DEFAULT 0;
UPDATE plays SET counted = 1;

INSERT INTO track_marks (track, plays, played)
SELECT t.id, count(*), max(p.began_us / 1000000)
FROM plays p JOIN history_tracks h ON h.id = p.what
    JOIN tracks t ON t.id = lower(substr(hex(h.track), 1, 8) || '-' || substr(hex(h.track), 9, 4) || '-'
        || substr(hex(h.track), 13, 4) || '-' || substr(hex(h.track), 17, 4) || '-' || substr(hex(h.track), 21))
WHERE p.audible = 1 AND t.sample_rate > 0
    AND p.ended_us - p.began_us >= min(240000000, t.frames * 500000 / t.sample_rate)
GROUP BY t.id;

-- Where a zone left a book: a track of it, and a frame of that.
CREATE TABLE book_places (
    track  TEXT NOT NULL REFERENCES tracks (id) ON DELETE CASCADE,
    zone   TEXT NOT NULL,
    frames INTEGER NOT NULL,
    -- seconds since 1970
    noted  INTEGER NOT NULL,
    PRIMARY KEY (track, zone)
) STRICT, WITHOUT ROWID;

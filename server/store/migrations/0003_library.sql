-- Several values of one tag are a JSON array of texts; the joined texts stay beside them, for lists.
ALTER TABLE tracks ADD COLUMN artists TEXT NOT NULL DEFAULT '[]';
ALTER TABLE tracks ADD COLUMN album_artists TEXT NOT NULL DEFAULT '[]';
ALTER TABLE tracks ADD COLUMN genres TEXT NOT NULL DEFAULT '[]';
ALTER TABLE tracks ADD COLUMN composer TEXT NOT NULL DEFAULT '';
-- seconds since 1970: when it was first seen, and when its file was last written
ALTER TABLE tracks ADD COLUMN added INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tracks ADD COLUMN modified INTEGER NOT NULL DEFAULT 0;
-- dB, to be applied so that all sound equally loud (ReplayGain 2: -18 LUFS); peaks are linear, 1.0 is full scale
ALTER TABLE tracks ADD COLUMN track_gain_db REAL;
ALTER TABLE tracks ADD COLUMN track_peak REAL;
ALTER TABLE tracks ADD COLUMN album_gain_db REAL;
ALTER TABLE tracks ADD COLUMN album_peak REAL;
-- 'tags' or 'measured'; null together with the gain
ALTER TABLE tracks ADD COLUMN track_gain_from TEXT;
ALTER TABLE tracks ADD COLUMN album_gain_from TEXT;
-- integrated loudness (EBU R128); null if it was not measured or nothing is heard
ALTER TABLE tracks ADD COLUMN loudness_lufs REAL;
-- BLAKE3 of the picture's bytes; null if there is none, or it was not looked for
ALTER TABLE tracks ADD COLUMN cover TEXT;
-- which parts of the work in the background are done for the file as it is: a sum of powers of two
ALTER TABLE tracks ADD COLUMN done INTEGER NOT NULL DEFAULT 0;

UPDATE tracks SET added = unixepoch(),
    modified = coalesce((SELECT mtime_ns / 1000000000 FROM files WHERE files.track_id = tracks.id), 0);

-- What decoding a whole file told. By content, so that copies share it and moving a file keeps it.
CREATE TABLE analyses (
    hash     TEXT PRIMARY KEY,
    -- the shape of the sound: pairs of bytes, peak and mean square root of one part, 255 is full scale
    waveform BLOB NOT NULL,
    -- how many blocks of 400 ms were how loud, from which an album's loudness follows
    blocks   BLOB NOT NULL
) STRICT;

-- Pictures, and where each was found; thumbnails lie in files beside the database.
CREATE TABLE covers (
    hash     TEXT PRIMARY KEY,
    -- the audio file that it is embedded in, or the picture itself
    source   BLOB NOT NULL,
    embedded INTEGER NOT NULL,
    mime     TEXT NOT NULL,
    bytes    INTEGER NOT NULL
) STRICT;

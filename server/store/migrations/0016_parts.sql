-- One file may hold many tracks: a cue sheet says where each begins. `part` counts them from 1; 0 is the whole file.
ALTER TABLE tracks ADD COLUMN part INTEGER NOT NULL DEFAULT 0;
-- how many parts the file has
ALTER TABLE tracks ADD COLUMN parts INTEGER NOT NULL DEFAULT 0;
-- the frame of the file with which the part begins, and the length of the file
ALTER TABLE tracks ADD COLUMN first_frame INTEGER NOT NULL DEFAULT 0;
ALTER TABLE tracks ADD COLUMN file_frames INTEGER NOT NULL DEFAULT 0;
-- by which sheet the file was cut or named: a fingerprint, or 'own' for one inside the file; null if by none
ALTER TABLE tracks ADD COLUMN sheet TEXT;

CREATE TABLE places (
    path      BLOB NOT NULL,
    part      INTEGER NOT NULL,
    mtime_ns  INTEGER NOT NULL,
    inode     INTEGER NOT NULL,
    track_id  TEXT NOT NULL UNIQUE REFERENCES tracks (id) ON DELETE CASCADE,
    available INTEGER NOT NULL,
    PRIMARY KEY (path, part)
) STRICT, WITHOUT ROWID;

INSERT INTO places SELECT path, 0, mtime_ns, inode, track_id, available FROM files;
DROP TABLE files;
ALTER TABLE places RENAME TO files;

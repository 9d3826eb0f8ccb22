-- The file that a track was turned from, as JSON, where what is sent to speakers was made of it.
ALTER TABLE tracks ADD COLUMN source TEXT;

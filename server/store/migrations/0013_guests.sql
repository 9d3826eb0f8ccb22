-- Guests may control the zone, if guests may control anything.
ALTER TABLE zones ADD COLUMN open_to_guests INTEGER NOT NULL DEFAULT 1;

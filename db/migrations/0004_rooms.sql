-- The media server names rooms: what finds the call of one.
CREATE INDEX calls_by_room ON calls (room_name) WHERE room_name <> '';

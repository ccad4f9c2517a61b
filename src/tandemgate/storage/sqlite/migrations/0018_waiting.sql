-- What waits is told by comparing: for a list of three SQLite builds a tree with them in it, anew for each
-- row that it writes. The same rows are in the index as before; to find them, all events are read once.
DROP INDEX event_waiting;
CREATE INDEX event_waiting ON event (lane, suspect, due_at)
  WHERE state = 'QUEUED' OR state = 'RETRY' OR state = 'HELD';

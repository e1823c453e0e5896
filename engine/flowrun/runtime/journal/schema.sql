-- Version 2. Times are seconds since 1970 in UTC; events, answers and errors are JSON with tagged types.
CREATE TABLE meta (name TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

-- A flow with the sub-flows it calls, as they were written: runs finish on the version they began with.
CREATE TABLE flow_version (
  flow TEXT NOT NULL, version TEXT NOT NULL, files BLOB NOT NULL, added REAL NOT NULL,
  PRIMARY KEY (flow, version)
) WITHOUT ROWID;

-- number is the order of acceptance, which is the order within a lane.
CREATE TABLE run (
  number INTEGER PRIMARY KEY AUTOINCREMENT,
  id TEXT NOT NULL UNIQUE,
  flow TEXT NOT NULL,
  version TEXT NOT NULL,
  lane TEXT,                 -- null: no order is asked for
  key TEXT,                  -- the business key, for people
  once TEXT UNIQUE,          -- what makes a delivery the same delivery
  bulk INTEGER NOT NULL DEFAULT 0,
  event BLOB NOT NULL,
  status TEXT NOT NULL,      -- accepted running retrying waiting parked dead done skipped cancelled resolved
  accepted REAL NOT NULL,
  changed REAL NOT NULL,
  next_at REAL,              -- when a retry or a wait is due
  waiting_for TEXT,          -- connection:NAME, event:CONNECTION.EVENT, lookup:TABLE, time
  step TEXT,                 -- the place it stands at
  error BLOB,
  result BLOB,
  reason TEXT,
  replay_of TEXT,            -- the run that this one repeats
  review TEXT                -- what a person should look at although the run went through
);
CREATE INDEX run_open ON run (number) WHERE status IN ('accepted', 'running', 'retrying', 'waiting', 'parked');
CREATE INDEX run_by_status ON run (status, changed);
CREATE INDEX run_by_key ON run (key);

-- The effect ledger. A write has its row before it is sent (answer null: the intent), and its answer after.
CREATE TABLE effect (
  run TEXT NOT NULL, place TEXT NOT NULL, connection TEXT NOT NULL, operation TEXT NOT NULL, reads INTEGER NOT NULL,
  request TEXT NOT NULL,     -- a digest
  attempts INTEGER NOT NULL, began REAL NOT NULL, ended REAL,
  answer BLOB, error BLOB,
  turned INTEGER NOT NULL DEFAULT 0,   -- it belongs to a page of a list that is done
  PRIMARY KEY (run, place)
) WITHOUT ROWID;

-- The numbers by which people look for a run: order number, SAP number, a digest of the e-mail address.
CREATE TABLE handle (value TEXT NOT NULL, run TEXT NOT NULL, PRIMARY KEY (value, run)) WITHOUT ROWID;

-- Runs that wait for an event of a system.
CREATE TABLE awaiting (
  run TEXT NOT NULL, place TEXT NOT NULL, source TEXT NOT NULL, path TEXT NOT NULL, value TEXT NOT NULL, until REAL NOT NULL,
  PRIMARY KEY (run, place)
) WITHOUT ROWID;
CREATE INDEX awaiting_by_source ON awaiting (source, value);

-- Changes to dead letters: the original event stays in the run.
CREATE TABLE edit (
  run TEXT NOT NULL, at REAL NOT NULL, who TEXT NOT NULL, why TEXT NOT NULL, event BLOB NOT NULL, PRIMARY KEY (run, at)
) WITHOUT ROWID;

-- How far pollers and schedules have come.
CREATE TABLE cursor (name TEXT PRIMARY KEY, value TEXT NOT NULL, changed REAL NOT NULL) WITHOUT ROWID;

-- Connections that are paused, so that a restart does not forget it.
CREATE TABLE pause (connection TEXT PRIMARY KEY, since REAL NOT NULL, reason TEXT NOT NULL) WITHOUT ROWID;

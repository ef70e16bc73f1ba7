-- depends: 0007_people

-- Who of the staff looked at whose record, when and why. Kept for seven years.

-- The end of the chain; its lock makes the order of entries.
CREATE TABLE access_head (
    is_head boolean PRIMARY KEY CHECK (is_head),
    day_on  date    NOT NULL,
    number  bigint  NOT NULL,
    hash    bytea   NOT NULL CHECK (length(hash) = 32)
);
INSERT INTO access_head VALUES (true, '0001-01-01', 0, decode(repeat('00', 32), 'hex'));

-- The first entry of each day with entries, and the hash that it stands on. Stays when the day's
-- entries are removed, so that later days can still be verified.
CREATE TABLE access_day (
    day_on       date   PRIMARY KEY,
    first_number bigint NOT NULL UNIQUE CHECK (first_number > 0),
    previous     bytea  NOT NULL CHECK (length(previous) = 32)
);

-- No column is null, so that a row has one canonical form: the nil UUID stands for "none".
CREATE TABLE access_entry (
    day_on    date        NOT NULL,
    number    bigint      NOT NULL,
    at        timestamptz NOT NULL,
    staff     uuid        NOT NULL,
    role      text        NOT NULL CHECK (role <> ''),
    purpose   text        NOT NULL CHECK (purpose <> ''),
    note      text        NOT NULL CHECK (char_length(note) <= 200),
    subject   uuid        NOT NULL,
    what      text        NOT NULL CHECK (what <> ''),
    is_change boolean     NOT NULL,
    terminal  uuid        NOT NULL,
    tap       uuid        NOT NULL,
    hash      bytea       NOT NULL CHECK (length(hash) = 32),
    PRIMARY KEY (day_on, number)
);
CREATE INDEX access_entry_by_number ON access_entry (number);
CREATE INDEX access_entry_by_subject ON access_entry (subject, number);
CREATE INDEX access_entry_by_staff ON access_entry (staff, number);

CREATE TABLE access_purge (
    purged_at timestamptz PRIMARY KEY,
    before_on date        NOT NULL,
    entries   bigint      NOT NULL
);

-- Which days were watched for browsing, and what was noticed: for the auditor to ask about.
CREATE TABLE watched_day (
    day_on     date        PRIMARY KEY,
    watched_at timestamptz NOT NULL
);
CREATE TABLE watch_notice (
    day_on     date        NOT NULL REFERENCES watched_day (day_on),
    entry      integer     NOT NULL CHECK (entry > 0),
    sign       text        NOT NULL CHECK (sign <> ''),
    staff      uuid        NOT NULL,
    subject    uuid        NOT NULL,
    service    text        NOT NULL,
    times      bigint      NOT NULL CHECK (times > 0),
    noticed_at timestamptz NOT NULL,
    PRIMARY KEY (day_on, entry)
);

GRANT SELECT, INSERT ON access_day, access_entry, access_purge, watched_day, watch_notice TO ichimai_operator;
GRANT SELECT, UPDATE (day_on, number, hash) ON access_head TO ichimai_operator;
GRANT SELECT ON access_head, access_day, access_entry, access_purge, watched_day, watch_notice
    TO ichimai_auditor;

-- Only entries of more than seven years may go, by the database's own clock: who can set the
-- application's clock cannot clear traces.
GRANT DELETE ON access_entry TO ichimai_operator;
ALTER TABLE access_entry ENABLE ROW LEVEL SECURITY;
CREATE POLICY access_entry_read ON access_entry FOR SELECT
    TO ichimai_operator, ichimai_auditor USING (true);
CREATE POLICY access_entry_add ON access_entry FOR INSERT
    TO ichimai_operator WITH CHECK (true);
CREATE POLICY access_entry_old ON access_entry FOR DELETE
    TO ichimai_operator
    USING (day_on < (statement_timestamp() AT TIME ZONE 'Asia/Tokyo')::date - interval '7 years');

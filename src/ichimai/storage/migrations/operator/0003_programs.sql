-- depends: 0002_merchants
-- Programs of one operator, and the lists by which they are granted.

-- Each version of a program's terms, from the instant on at which it begins. revision counts
-- the changes of all programs: who knows the last one knows them all.
CREATE TABLE program (
    key        text        NOT NULL,
    version    integer     NOT NULL CHECK (version > 0),
    starts_at  timestamptz NOT NULL,
    terms      jsonb       NOT NULL,
    changed_at timestamptz NOT NULL,
    revision   bigint      NOT NULL UNIQUE CHECK (revision > 0),
    PRIMARY KEY (key, version)
);

-- In which order a person wants to pay with programs; those that are named pay by themselves.
CREATE TABLE spending_order (
    subject  uuid   PRIMARY KEY,
    programs text[] NOT NULL
);
GRANT SELECT, INSERT, UPDATE, DELETE ON spending_order TO ichimai_operator;

-- What people did, without a sale, that gave units or gave them up: events, stamps, exchanges. The
-- journal has what it moved; this has what was asked, so that other rules can be tried on it.
CREATE TABLE occasion (
    operation   uuid        PRIMARY KEY,
    kind        smallint    NOT NULL CHECK (kind BETWEEN 1 AND 3),
    wallet      uuid        NOT NULL,
    other       uuid        NOT NULL,
    place       uuid        NOT NULL,
    program     text        NOT NULL,
    item        text        NOT NULL,
    times       integer     NOT NULL CHECK (times > 0),
    counted_at  timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX occasion_by_time ON occasion USING brin (recorded_at);
GRANT SELECT, INSERT ON occasion TO ichimai_operator;
GRANT SELECT ON occasion TO ichimai_auditor;

-- The minutes in which the jobs went round, and what was made of those in which they did not.
CREATE TABLE service_beat (
    minute timestamptz PRIMARY KEY
);
CREATE TABLE judged_day (
    day_on          date        PRIMARY KEY,
    missing_minutes integer     NOT NULL CHECK (missing_minutes BETWEEN 0 AND 1440),
    restored_lots   integer     NOT NULL CHECK (restored_lots >= 0),
    judged_at       timestamptz NOT NULL
);
GRANT SELECT, INSERT, DELETE ON service_beat TO ichimai_operator;
GRANT SELECT, INSERT ON judged_day TO ichimai_operator;
GRANT SELECT ON service_beat, judged_day TO ichimai_auditor;

-- What the operator is called; one row once a town is loaded.
CREATE TABLE operator_profile (
    is_profile boolean PRIMARY KEY CHECK (is_profile),
    profile    jsonb   NOT NULL
);
GRANT SELECT, INSERT, UPDATE ON operator_profile TO ichimai_operator;
GRANT SELECT ON operator_profile TO ichimai_auditor;

-- Which subject a number of the resident register stands for. No name, no birth date.
CREATE TABLE recipient (
    number  text PRIMARY KEY,
    subject uuid NOT NULL UNIQUE
);

CREATE TABLE grant_list (
    id          uuid        PRIMARY KEY,
    program     text        NOT NULL,
    sha256      bytea       NOT NULL,
    summary     jsonb       NOT NULL,
    row_count   integer     NOT NULL CHECK (row_count > 0),
    units       bigint      NOT NULL CHECK (units > 0),
    state       text        NOT NULL CHECK (state IN ('submitted', 'approved', 'declined', 'posted')),
    uploaded_by uuid        NOT NULL,
    uploaded_at timestamptz NOT NULL,
    decided_by  uuid        CHECK (decided_by <> uploaded_by),
    decided_at  timestamptz,
    posted_rows integer     NOT NULL CHECK (posted_rows BETWEEN 0 AND row_count)
);

-- Only what is needed to grant: checked personal data is not kept. position is from 1 without
-- gaps; row is the one that the officer's spreadsheet shows.
CREATE TABLE grant_list_row (
    list      uuid    NOT NULL REFERENCES grant_list (id),
    position  integer NOT NULL,
    row       integer NOT NULL,
    recipient text    NOT NULL,
    reason    text    NOT NULL,
    once_key  text    NOT NULL,
    units     bigint  NOT NULL CHECK (units > 0),
    operation uuid    NOT NULL,
    PRIMARY KEY (list, position)
);
CREATE INDEX grant_list_row_by_recipient ON grant_list_row (recipient);

-- Nobody is granted twice for the same reason, whichever list names them.
CREATE TABLE entitlement (
    program   text NOT NULL,
    once_key  text NOT NULL,
    operation uuid NOT NULL,
    PRIMARY KEY (program, once_key)
);

-- Who was told what of theirs ends when. days: so many before the last day; 0: its end was moved.
-- letter: the list of letters that has it.
CREATE TABLE end_letter (
    id         uuid        PRIMARY KEY,
    made_by    uuid        NOT NULL,
    made_at    timestamptz NOT NULL,
    sent_by    uuid,
    sent_at    timestamptz CHECK (sent_at >= made_at),
    CHECK ((sent_by IS NULL) = (sent_at IS NULL))
);
CREATE TABLE end_notice (
    account  uuid        NOT NULL,
    ends_at  timestamptz NOT NULL,
    days     integer     NOT NULL CHECK (days BETWEEN 0 AND 365),
    subject  uuid        NOT NULL,
    program  text        NOT NULL,
    units    bigint      NOT NULL CHECK (units > 0),
    told_on  date        NOT NULL,
    told_at  timestamptz NOT NULL,
    letter   uuid        REFERENCES end_letter (id),
    PRIMARY KEY (account, ends_at, days)
);
CREATE INDEX end_notice_by_subject ON end_notice (subject, told_at);
CREATE INDEX end_notice_by_end ON end_notice (ends_at);
CREATE INDEX end_notice_by_letter ON end_notice (letter);
-- The days on which everybody was told what was due.
CREATE TABLE told_day (
    day_on  date        PRIMARY KEY,
    notices bigint      NOT NULL CHECK (notices >= 0),
    done_at timestamptz NOT NULL
);
GRANT SELECT, INSERT ON end_letter, end_notice, told_day TO ichimai_operator;
GRANT UPDATE (letter, units) ON end_notice TO ichimai_operator;
GRANT UPDATE (sent_by, sent_at) ON end_letter TO ichimai_operator;
GRANT SELECT ON end_letter, end_notice, told_day TO ichimai_auditor;

GRANT SELECT, INSERT ON program, recipient, grant_list, grant_list_row, entitlement
    TO ichimai_operator;
GRANT UPDATE (starts_at, terms, changed_at, revision) ON program TO ichimai_operator;
GRANT UPDATE (state, decided_by, decided_at, posted_rows) ON grant_list TO ichimai_operator;
GRANT SELECT ON program, recipient, grant_list, grant_list_row, entitlement TO ichimai_auditor;

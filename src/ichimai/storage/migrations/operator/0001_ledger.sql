-- The ledger of one operator: one total order of transfers under one lock.

CREATE TABLE ledger_head (
    is_head      boolean     PRIMARY KEY CHECK (is_head),
    sequence     bigint      NOT NULL,
    number       bigint      NOT NULL,
    hash         bytea       NOT NULL CHECK (length(hash) = 32),
    recorded_at  timestamptz NOT NULL,
    -- Counts what leaves no block: kept refusals, and accounts' bounds.
    revision     bigint      NOT NULL
);
INSERT INTO ledger_head
VALUES (true, 0, 0, decode(repeat('00', 32), 'hex'), '2026-01-01T00:00:00Z', 0);

-- Fails a transaction that was decided on another head than the one it finds.
CREATE FUNCTION head_moved() RETURNS boolean LANGUAGE plpgsql AS $$
BEGIN
    RAISE serialization_failure USING MESSAGE = 'the head is not the one that this was decided on';
END
$$;

-- One row a batch; the hash chains it to the one before.
CREATE TABLE block (
    sequence     bigint      PRIMARY KEY CHECK (sequence > 0),
    previous     bytea       NOT NULL CHECK (length(previous) = 32),
    merkle_root  bytea       NOT NULL CHECK (length(merkle_root) = 32),
    hash         bytea       NOT NULL CHECK (length(hash) = 32),
    first_number bigint      NOT NULL,
    count        integer     NOT NULL CHECK (count > 0),
    recorded_at  timestamptz NOT NULL
);
CREATE INDEX block_by_number ON block (first_number);
-- From an instant to a number: the journal is in the order of both.
CREATE INDEX block_by_time ON block (recorded_at, first_number);

-- The journal. No column is ever null, so that a row has one canonical form for its hash:
-- the nil UUID stands for "none", the year 9999 for "no end".
CREATE TABLE transfer (
    number      bigint      NOT NULL CHECK (number > 0),
    operation   uuid        NOT NULL,
    leg         integer     NOT NULL CHECK (leg >= 0),
    kind        smallint    NOT NULL CHECK (kind BETWEEN 1 AND 26),
    debit       uuid        NOT NULL,
    credit      uuid        NOT NULL CHECK (credit <> debit OR kind = 22),
    units       bigint      NOT NULL CHECK (units BETWEEN 0 AND 1000000000000),
    capped      bigint      NOT NULL CHECK (capped BETWEEN 0 AND units),
    lot         uuid        NOT NULL,
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    expires_at  timestamptz NOT NULL,
    terminal    uuid        NOT NULL,
    actor       uuid        NOT NULL,
    reverses    uuid        NOT NULL,
    -- What else the operation wrote, as a digest: its sale, what was asked, what it counted.
    detail      uuid        NOT NULL,
    asset       text        NOT NULL,
    CHECK (units > 0 OR kind IN (11, 22, 24, 25, 26)),
    PRIMARY KEY (operation, leg)
) PARTITION BY RANGE (operation);
-- Ids that carry no time (UUID version 4) and those outside the months made so far.
CREATE TABLE transfer_undated PARTITION OF transfer DEFAULT;
CREATE INDEX transfer_by_number ON transfer (number);
CREATE INDEX transfer_by_debit ON transfer (debit, number);
CREATE INDEX transfer_by_credit ON transfer (credit, number);
CREATE INDEX transfer_by_reversed ON transfer (reverses)
    WHERE reverses <> '00000000-0000-0000-0000-000000000000';
-- People who were found to be one are few, and what their old wallets gave up is looked for.
CREATE INDEX transfer_by_merge ON transfer (debit) WHERE kind = 24;

-- Refusals that were an answer: the same id gets the same answer for ever.
CREATE TABLE refusal (
    operation   uuid        PRIMARY KEY,
    code        text        NOT NULL,
    kind        smallint    NOT NULL,
    units       bigint      NOT NULL,
    terminal    uuid        NOT NULL,
    actor       uuid        NOT NULL,
    asked       text        NOT NULL,
    recorded_at timestamptz NOT NULL
);

-- Stopped credentials, by this operator's own reference, at a place in the total order.
CREATE TABLE credential_stop (
    actor        uuid        PRIMARY KEY,
    operation    uuid        NOT NULL,
    after_number bigint      NOT NULL,
    recorded_at  timestamptz NOT NULL
);

-- Projections of the journal, written in the same transaction as it.
CREATE TABLE account (
    id          uuid     PRIMARY KEY,
    owner       uuid     NOT NULL,
    role        smallint NOT NULL,
    asset       text     NOT NULL,
    balance     bigint   NOT NULL,
    minimum     bigint,
    spent_on    date     NOT NULL,
    spent_units bigint   NOT NULL CHECK (spent_units >= 0),
    recent      bytea    NOT NULL,
    CONSTRAINT account_bound CHECK (balance >= minimum)
) WITH (fillfactor = 70);
-- Shops and programs; wallets, the many, are only ever asked for by their id.
CREATE INDEX account_by_role ON account (role, asset) WHERE role <> 1;

CREATE TABLE lot (
    account     uuid        NOT NULL,
    id          uuid        NOT NULL,
    funder      uuid        NOT NULL,
    units       bigint      NOT NULL CHECK (units > 0),
    remaining   bigint      NOT NULL CHECK (remaining BETWEEN 0 AND units),
    capped_left bigint      NOT NULL CHECK (capped_left BETWEEN 0 AND units),
    expires_at  timestamptz NOT NULL,
    usable_at   timestamptz NOT NULL,
    PRIMARY KEY (account, id)
) WITH (fillfactor = 70);
CREATE INDEX lot_by_expiry ON lot (expires_at);

-- What tills rang up, and what came back; the journal has what moved because of it.
CREATE TABLE sale (
    operation   uuid        NOT NULL,
    returns     uuid        NOT NULL,
    wallet      uuid        NOT NULL,
    payee       uuid        NOT NULL,
    terminal    uuid        NOT NULL,
    actor       uuid        NOT NULL,
    total_yen   bigint      NOT NULL CHECK (total_yen <> 0 AND abs(total_yen) <= 1000000000000),
    paid_units  bigint      NOT NULL CHECK (abs(paid_units) <= abs(total_yen)
                                            AND sign(paid_units) IN (0, sign(total_yen))),
    occurred_at timestamptz NOT NULL,
    recorded_at timestamptz NOT NULL,
    asked       text        NOT NULL,
    PRIMARY KEY (operation)
);
CREATE INDEX sale_by_payee ON sale (payee, recorded_at);
-- Sales are written in the order of time: this costs next to nothing, and finds a day's.
CREATE INDEX sale_by_time ON sale USING brin (recorded_at);
CREATE INDEX sale_by_returned ON sale (returns)
    WHERE returns <> '00000000-0000-0000-0000-000000000000';

-- What a person had of something in a period, under a key made from all three.
CREATE TABLE tally (
    id    uuid   PRIMARY KEY,
    count bigint NOT NULL CHECK (count >= 0)
) WITH (fillfactor = 70);

-- What legs of the journal counted under tallies: goods that come back take of it what they took.
CREATE TABLE counted (
    operation   uuid    NOT NULL,
    leg         integer NOT NULL CHECK (leg >= 0),
    tally       uuid    NOT NULL,
    units       bigint  NOT NULL,
    is_of_times boolean NOT NULL,
    PRIMARY KEY (operation, leg, tally)
);

-- What was asked in words, of what is no sale: the same id says the same.
CREATE TABLE asked (
    operation uuid PRIMARY KEY,
    words     text NOT NULL CHECK (words <> '')
);

CREATE TABLE hold (
    operation  uuid        PRIMARY KEY,
    payee      uuid        NOT NULL,
    expires_at timestamptz NOT NULL,
    is_open    boolean     NOT NULL
);
CREATE INDEX hold_by_expiry ON hold (expires_at) WHERE is_open;

-- What a batch changes of projections, as it is sent: arrays of these.
CREATE TYPE balance_change AS (
    id          uuid,
    balance     bigint,
    spent_on    date,
    spent_units bigint,
    recent      bytea
);
CREATE TYPE balance_addition AS (
    id      uuid,
    owner   uuid,
    role    smallint,
    balance bigint,
    asset   text
);
CREATE TYPE lot_change AS (
    account    uuid,
    id         uuid,
    added      bigint,
    remaining  bigint,
    capped_by  bigint,
    expires_at timestamptz
);

GRANT SELECT, INSERT ON block, transfer, refusal, credential_stop TO ichimai_operator;
GRANT SELECT, INSERT ON account, lot, hold, sale, tally, counted, asked TO ichimai_operator;
GRANT SELECT ON ledger_head TO ichimai_operator;
GRANT UPDATE (sequence, number, hash, recorded_at, revision) ON ledger_head TO ichimai_operator;
GRANT UPDATE (balance, minimum, spent_on, spent_units, recent) ON account TO ichimai_operator;
GRANT UPDATE (units, remaining, capped_left, expires_at) ON lot TO ichimai_operator;
GRANT UPDATE (count) ON tally TO ichimai_operator;
GRANT UPDATE (is_open) ON hold TO ichimai_operator;
GRANT SELECT ON ledger_head, block, transfer, refusal, credential_stop, account, lot, hold,
    sale, tally, counted, asked TO ichimai_auditor;

-- depends: 0004_people

-- Closings, what they owe, and the batches that pay it.

-- The account from which shops are paid. A change is a new row: old batches keep theirs.
CREATE TABLE payer (
    id             uuid        PRIMARY KEY,
    code           text        NOT NULL CHECK (code ~ '^[0-9]{10}$'),
    bank_code      text        NOT NULL CHECK (bank_code ~ '^[0-9]{4}$'),
    bank_name      text        NOT NULL,
    branch_code    text        NOT NULL CHECK (branch_code ~ '^[0-9]{3}$'),
    branch_name    text        NOT NULL,
    account_kind   smallint    NOT NULL CHECK (account_kind IN (1, 2)),
    account_number text        NOT NULL CHECK (account_number ~ '^[0-9]{7}$'),
    account_holder text        NOT NULL CHECK (account_holder <> ''),
    entered_by     uuid        NOT NULL,
    entered_at     timestamptz NOT NULL
);

-- A cut-off in the ledger's order; its id is the operation's that swept the shops' accounts.
CREATE TABLE closing (
    id           uuid        PRIMARY KEY,
    asset        text        NOT NULL,
    closes_on    date        NOT NULL,
    after_number bigint      NOT NULL CHECK (after_number >= 0),
    up_to_number bigint      NOT NULL CHECK (up_to_number >= after_number),
    closed_by    uuid        NOT NULL,
    closed_at    timestamptz NOT NULL,
    UNIQUE (asset, closes_on)
);

-- What a closing owes a shop, or what the shop carries to the next one as a debt.
CREATE TABLE payable (
    closing uuid   NOT NULL REFERENCES closing (id),
    shop    uuid   NOT NULL REFERENCES shop (id),
    units   bigint NOT NULL CHECK (units >= 0),
    carried bigint NOT NULL CHECK (carried >= 0),
    PRIMARY KEY (closing, shop),
    CHECK ((units = 0) <> (carried = 0))
);
CREATE INDEX payable_by_shop ON payable (shop);

CREATE TABLE payout_batch (
    id         uuid        PRIMARY KEY,
    asset      text        NOT NULL,
    payer      uuid        NOT NULL REFERENCES payer (id),
    pay_on     date        NOT NULL,
    shops      integer     NOT NULL CHECK (shops > 0),
    units      bigint      NOT NULL CHECK (units > 0),
    sha256     bytea       NOT NULL CHECK (length(sha256) = 32),
    made_by    uuid        NOT NULL,
    made_at    timestamptz NOT NULL,
    state      text        NOT NULL CHECK (state IN ('made', 'approved', 'sent', 'rejected')),
    decided_by uuid,
    decided_at timestamptz,
    CHECK ((state = 'made') = (decided_by IS NULL)),
    CHECK ((state = 'made') = (decided_at IS NULL)),
    CHECK (state = 'rejected' OR decided_by <> made_by)
);
CREATE INDEX payout_batch_by_decision ON payout_batch (asset, decided_at);

-- A shop in a batch, with its account as it stood when the batch was made.
CREATE TABLE payee (
    batch          uuid     NOT NULL REFERENCES payout_batch (id),
    shop           uuid     NOT NULL REFERENCES shop (id),
    shop_number    text     NOT NULL,
    bank_code      text     NOT NULL,
    bank_name      text     NOT NULL,
    branch_code    text     NOT NULL,
    branch_name    text     NOT NULL,
    account_kind   smallint NOT NULL,
    account_number text     NOT NULL,
    account_holder text     NOT NULL,
    PRIMARY KEY (batch, shop)
);

-- Which payables a batch pays: each in one batch, unless that batch was rejected or the bank
-- sent the shop's money back.
CREATE TABLE payout_line (
    batch   uuid    NOT NULL,
    closing uuid    NOT NULL,
    shop    uuid    NOT NULL,
    is_live boolean NOT NULL,
    PRIMARY KEY (batch, closing, shop),
    FOREIGN KEY (batch, shop) REFERENCES payee (batch, shop),
    FOREIGN KEY (closing, shop) REFERENCES payable (closing, shop)
);
CREATE UNIQUE INDEX payout_line_once ON payout_line (closing, shop) WHERE is_live;

-- Shops that were left out of a batch, and why.
CREATE TABLE payout_hold (
    batch  uuid   NOT NULL REFERENCES payout_batch (id),
    shop   uuid   NOT NULL REFERENCES shop (id),
    units  bigint NOT NULL CHECK (units > 0),
    reason text   NOT NULL CHECK (reason IN ('asked', 'above_usual', 'bank_refused')),
    PRIMARY KEY (batch, shop)
);

-- Each time a batch's file was handed over; the second and later ones are re-sends (再送).
CREATE TABLE payout_file_copy (
    batch       uuid        NOT NULL REFERENCES payout_batch (id),
    copy_number integer     NOT NULL CHECK (copy_number > 0),
    handed_to   uuid        NOT NULL,
    handed_at   timestamptz NOT NULL,
    PRIMARY KEY (batch, copy_number)
);

-- What the bank said of a batch: one answer of every line, and returns of single ones later.
-- Its id is the operation's that moved back what was not paid.
CREATE TABLE bank_result (
    id          uuid        PRIMARY KEY,
    batch       uuid        NOT NULL REFERENCES payout_batch (id),
    kind        text        NOT NULL CHECK (kind IN ('answer', 'return')),
    format      text        NOT NULL CHECK (format IN ('zengin', 'csv')),
    sha256      bytea       NOT NULL CHECK (length(sha256) = 32),
    result_on   date        NOT NULL,
    imported_by uuid        NOT NULL,
    imported_at timestamptz NOT NULL,
    UNIQUE (batch, sha256)
);
CREATE UNIQUE INDEX bank_result_one_answer ON bank_result (batch) WHERE kind = 'answer';

-- Money comes back from a shop's line of a batch at most once, whatever the bank says how often.
CREATE TABLE bank_result_line (
    result  uuid   NOT NULL REFERENCES bank_result (id),
    batch   uuid   NOT NULL,
    shop    uuid   NOT NULL,
    outcome text   NOT NULL CHECK (outcome IN ('done', 'failed', 'returned')),
    reason  text   NOT NULL CHECK (reason ~ '^[0-9]{2}$'),
    units   bigint NOT NULL CHECK (units > 0),
    PRIMARY KEY (result, shop),
    FOREIGN KEY (batch, shop) REFERENCES payee (batch, shop),
    CHECK ((outcome = 'done') = (reason = '00'))
);
CREATE UNIQUE INDEX bank_result_answered_once ON bank_result_line (batch, shop)
    WHERE outcome <> 'returned';
CREATE UNIQUE INDEX bank_result_back_once ON bank_result_line (batch, shop)
    WHERE outcome <> 'done';
CREATE INDEX bank_result_line_by_shop ON bank_result_line (shop);

GRANT SELECT, INSERT ON payer, closing, payable, payout_batch, payee, payout_line, payout_hold,
    payout_file_copy, bank_result, bank_result_line TO ichimai_operator;
GRANT UPDATE (state, decided_by, decided_at) ON payout_batch TO ichimai_operator;
GRANT UPDATE (is_live) ON payout_line TO ichimai_operator;
GRANT SELECT ON payer, closing, payable, payout_batch, payee, payout_line, payout_hold,
    payout_file_copy, bank_result, bank_result_line TO ichimai_auditor;

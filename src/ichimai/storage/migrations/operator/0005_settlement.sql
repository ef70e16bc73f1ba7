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

-- The account of an association or a sponsor: what is netted is paid into it, and, with a code that
-- its bank gave it (委託者コード), out of it. A change is a new row: old nettings keep theirs.
CREATE TABLE party_account (
    id             uuid        PRIMARY KEY,
    party          text        NOT NULL CHECK (party NOT IN ('', 'operator', 'shop')),
    code           text        CHECK (code ~ '^[0-9]{10}$'),
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
CREATE INDEX party_account_by_party ON party_account (party, entered_at);

-- What of settling is the operator's own to say; without a row: 7 days, 3 closings, 30 days.
CREATE TABLE settlement_policy (
    is_policy      boolean  PRIMARY KEY CHECK (is_policy),
    dispute_days   smallint NOT NULL CHECK (dispute_days BETWEEN 0 AND 60),
    carry_closings smallint NOT NULL CHECK (carry_closings BETWEEN 0 AND 52),
    bill_days      smallint NOT NULL CHECK (bill_days BETWEEN 0 AND 365)
);

-- For how many closings an association's shops may carry what they owe before it is billed.
CREATE TABLE association_contract (
    association    smallint PRIMARY KEY REFERENCES association (number),
    carry_closings smallint NOT NULL CHECK (carry_closings BETWEEN 0 AND 52)
);

-- One cut-off of one or several programs, at one place in the ledger's order.
CREATE TABLE closing_run (
    id        uuid        PRIMARY KEY,
    closes_on date        NOT NULL,
    programs  text[]      NOT NULL CHECK (cardinality(programs) > 0),
    closed_by uuid        NOT NULL,
    closed_at timestamptz NOT NULL
);

-- What a treasurer asked to be closed: all programs of a cycle, or one. Its id is the run's that it
-- becomes. Whoever carries it out holds its row until the end, so that one does, and a process
-- that died lets go of it. refusal: why nothing was closed.
CREATE TABLE closing_request (
    id        uuid        PRIMARY KEY,
    cycle     text        CHECK (cycle IN ('daily', 'weekly', 'monthly')),
    program   text,
    closes_on date        NOT NULL,
    asked_by  uuid        NOT NULL,
    asked_at  timestamptz NOT NULL,
    ended_at  timestamptz,
    refusal   text        CHECK (refusal <> ''),
    CHECK (num_nonnulls(cycle, program) = 1),
    CHECK (refusal IS NULL OR ended_at IS NOT NULL)
);
CREATE UNIQUE INDEX closing_request_once ON closing_request (cycle, program, closes_on)
    NULLS NOT DISTINCT WHERE ended_at IS NULL;

-- What is being done for it, told outside the closing's transaction: step number of steps, and of
-- which program; 0: an attempt begins.
CREATE TABLE closing_step (
    request uuid     NOT NULL REFERENCES closing_request (id),
    attempt smallint NOT NULL CHECK (attempt > 0),
    number  smallint NOT NULL CHECK (number BETWEEN 0 AND steps),
    steps   smallint NOT NULL,
    doing   text     NOT NULL
        CHECK (doing IN ('begin', 'cut_off', 'sales', 'gifts', 'charges', 'program', 'write')),
    program text     CHECK ((program IS NULL) = (doing <> 'program')),
    PRIMARY KEY (request, attempt, number)
);

-- What a run means for one program, with the terms by which it was settled; its id is the
-- operation's that swept the shops' accounts.
CREATE TABLE closing (
    id               uuid        PRIMARY KEY,
    run              uuid        NOT NULL REFERENCES closing_run (id),
    asset            text        NOT NULL,
    closes_on        date        NOT NULL,
    after_number     bigint      NOT NULL CHECK (after_number >= 0),
    up_to_number     bigint      NOT NULL CHECK (up_to_number >= after_number),
    charging         text        NOT NULL CHECK (charging IN ('at_issue', 'at_use', 'never')),
    unit_yen         integer     NOT NULL CHECK (unit_yen >= 0),
    fee_basis_points integer     NOT NULL CHECK (fee_basis_points BETWEEN 0 AND 2000),
    closed_by        uuid        NOT NULL,
    closed_at        timestamptz NOT NULL,
    UNIQUE (asset, closes_on)
);
CREATE INDEX closing_by_run ON closing (run);

-- What a closing means for a shop: units are owed to it, due and fee_yen are owed by it, carried
-- is what refunds above its sales take from the next closing. accepted and issued say where it
-- comes from: sales less refunds, and what was charged for units that it gave. carried_before:
-- in how many closings running the shop had carried before.
CREATE TABLE payable (
    closing        uuid     NOT NULL REFERENCES closing (id),
    shop           uuid     NOT NULL REFERENCES shop (id),
    units          bigint   NOT NULL CHECK (units >= 0),
    carried        bigint   NOT NULL CHECK (carried >= 0),
    accepted       bigint   NOT NULL,
    issued         bigint   NOT NULL,
    due            bigint   NOT NULL,
    fee_yen        bigint   NOT NULL CHECK (fee_yen >= 0),
    yen            bigint   NOT NULL,
    carried_before smallint NOT NULL CHECK (carried_before >= 0),
    PRIMARY KEY (closing, shop),
    CHECK (units = 0 OR carried = 0),
    CHECK (units > 0 OR fee_yen = 0)
);
CREATE INDEX payable_by_shop ON payable (shop);

-- What a closing means for an association: units that its shops and itself gave, what of all
-- they ever gave is not spent, what its shops accepted, and what crossed its border.
CREATE TABLE association_closing (
    closing     uuid     NOT NULL REFERENCES closing (id),
    association smallint NOT NULL REFERENCES association (number),
    issued      bigint   NOT NULL,
    outstanding bigint   NOT NULL,
    accepted    bigint   NOT NULL,
    elsewhere   bigint   NOT NULL,
    from_others bigint   NOT NULL,
    PRIMARY KEY (closing, association)
);

-- Who owes whom because of a run, besides shops: they have payables. closing: of which program;
-- a bill is of all that the run closed. What a bank did not pay of a netting is owed again, of no run.
CREATE TABLE obligation (
    id       uuid   PRIMARY KEY,
    run      uuid   REFERENCES closing_run (id),
    closing  uuid   REFERENCES closing (id),
    debtor   text   NOT NULL,
    creditor text   NOT NULL,
    yen      bigint NOT NULL CHECK (yen > 0),
    why      text   NOT NULL CHECK (why IN ('use', 'issue', 'fee', 'correction', 'bill', 'returned')),
    CHECK ((why IN ('bill', 'returned')) = (closing IS NULL)),
    CHECK ((why = 'returned') = (run IS NULL))
);
CREATE INDEX obligation_by_run ON obligation (run);

-- What shops owe, asked of their association; its id is its obligation's.
CREATE TABLE bill (
    id          uuid        PRIMARY KEY REFERENCES obligation (id),
    run         uuid        NOT NULL REFERENCES closing_run (id),
    association smallint    NOT NULL REFERENCES association (number),
    shops       integer     NOT NULL CHECK (shops > 0),
    yen         bigint      NOT NULL CHECK (yen > 0),
    due_on      date        NOT NULL,
    paid_by     uuid,
    paid_at     timestamptz,
    CHECK ((paid_by IS NULL) = (paid_at IS NULL)),
    UNIQUE (run, association)
);

-- Money that came in for a bill; it is paid when all of it has.
CREATE TABLE bill_payment (
    id          uuid        PRIMARY KEY,
    bill        uuid        NOT NULL REFERENCES bill (id),
    yen         bigint      NOT NULL CHECK (yen > 0),
    received_on date        NOT NULL,
    noted_by    uuid        NOT NULL,
    noted_at    timestamptz NOT NULL
);
CREATE INDEX bill_payment_by_bill ON bill_payment (bill);

-- Obligations set against each other, so that few transfers settle them.
CREATE TABLE netting (
    id          uuid        PRIMARY KEY,
    obligations integer     NOT NULL CHECK (obligations > 0),
    yen         bigint      NOT NULL CHECK (yen > 0),
    pay_on      date        NOT NULL,
    made_by     uuid        NOT NULL,
    made_at     timestamptz NOT NULL,
    state       text        NOT NULL CHECK (state IN ('made', 'approved', 'rejected')),
    decided_by  uuid,
    decided_at  timestamptz,
    CHECK ((state = 'made') = (decided_by IS NULL)),
    CHECK ((state = 'made') = (decided_at IS NULL)),
    CHECK (state <> 'approved' OR decided_by <> made_by)
);

-- Each obligation in one netting, unless that was rejected.
CREATE TABLE netting_line (
    netting    uuid    NOT NULL REFERENCES netting (id),
    obligation uuid    NOT NULL REFERENCES obligation (id),
    is_live    boolean NOT NULL,
    PRIMARY KEY (netting, obligation)
);
CREATE UNIQUE INDEX netting_line_once ON netting_line (obligation) WHERE is_live;

CREATE TABLE netting_transfer (
    netting  uuid     NOT NULL REFERENCES netting (id),
    place    smallint NOT NULL CHECK (place > 0),
    debtor   text     NOT NULL,
    creditor text     NOT NULL CHECK (creditor <> debtor),
    yen      bigint   NOT NULL CHECK (yen > 0),
    PRIMARY KEY (netting, place)
);

-- A party of a netting's transfers with its account as it stood when the netting was made. sha256:
-- of the transfer file in which it pays; none where it cannot, or pays nobody by a file.
CREATE TABLE netting_party (
    netting        uuid     NOT NULL REFERENCES netting (id),
    party          text     NOT NULL,
    code           text,
    bank_code      text     NOT NULL,
    bank_name      text     NOT NULL,
    branch_code    text     NOT NULL,
    branch_name    text     NOT NULL,
    account_kind   smallint NOT NULL,
    account_number text     NOT NULL,
    account_holder text     NOT NULL,
    entered_by     uuid     NOT NULL,
    sha256         bytea    CHECK (length(sha256) = 32),
    PRIMARY KEY (netting, party),
    CHECK (sha256 IS NULL OR code IS NOT NULL)
);

-- Each time a party's file was handed over; the second and later ones are re-sends (再送).
CREATE TABLE netting_file_copy (
    netting     uuid        NOT NULL,
    party       text        NOT NULL,
    copy_number integer     NOT NULL CHECK (copy_number > 0),
    handed_to   uuid        NOT NULL,
    handed_at   timestamptz NOT NULL,
    PRIMARY KEY (netting, party, copy_number),
    FOREIGN KEY (netting, party) REFERENCES netting_party (netting, party)
);

-- What a bank said of a party's file: one answer of every transfer, and returns of single ones later.
CREATE TABLE netting_result (
    id          uuid        PRIMARY KEY,
    netting     uuid        NOT NULL,
    party       text        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('answer', 'return')),
    format      text        NOT NULL CHECK (format IN ('zengin', 'csv')),
    sha256      bytea       NOT NULL CHECK (length(sha256) = 32),
    result_on   date        NOT NULL,
    imported_by uuid        NOT NULL,
    imported_at timestamptz NOT NULL,
    UNIQUE (netting, party, sha256),
    FOREIGN KEY (netting, party) REFERENCES netting_party (netting, party)
);
CREATE UNIQUE INDEX netting_result_one_answer ON netting_result (netting, party)
    WHERE kind = 'answer';

-- Money of a transfer comes back at most once, and is then owed again by an obligation of its own.
CREATE TABLE netting_result_line (
    result     uuid     NOT NULL REFERENCES netting_result (id),
    netting    uuid     NOT NULL,
    place      smallint NOT NULL,
    outcome    text     NOT NULL CHECK (outcome IN ('done', 'failed', 'returned')),
    reason     text     NOT NULL CHECK (reason ~ '^[0-9]{2}$'),
    units      bigint   NOT NULL CHECK (units > 0),
    obligation uuid     UNIQUE REFERENCES obligation (id),
    PRIMARY KEY (result, place),
    FOREIGN KEY (netting, place) REFERENCES netting_transfer (netting, place),
    CHECK ((outcome = 'done') = (reason = '00')),
    CHECK ((outcome = 'done') = (obligation IS NULL))
);
CREATE UNIQUE INDEX netting_result_answered_once ON netting_result_line (netting, place)
    WHERE outcome <> 'returned';
CREATE UNIQUE INDEX netting_result_back_once ON netting_result_line (netting, place)
    WHERE outcome <> 'done';

-- A line that somebody disputes, a shop's or a party's; until it is decided nobody pays it.
-- claimed: how many units a shop says it lacks. units: what the one who proposes a decision would
-- correct, 0 when the line stands.
CREATE TABLE dispute (
    id          uuid        PRIMARY KEY,
    closing     uuid,
    shop        uuid,
    obligation  uuid        REFERENCES obligation (id),
    claimed     bigint      CHECK (claimed > 0),
    reason      text        NOT NULL CHECK (reason <> ''),
    opened_by   uuid        NOT NULL,
    opened_at   timestamptz NOT NULL,
    state       text        NOT NULL CHECK (state IN ('open', 'proposed', 'decided')),
    units       bigint,
    finding     text,
    proposed_by uuid,
    decided_by  uuid,
    decided_at  timestamptz,
    FOREIGN KEY (closing, shop) REFERENCES payable (closing, shop),
    CHECK (num_nonnulls(closing, shop, claimed) IN (0, 3) AND num_nonnulls(shop, obligation) = 1),
    CHECK ((state = 'open') = (num_nulls(units, finding, proposed_by) = 3)),
    CHECK ((state = 'decided') = (num_nonnulls(decided_by, decided_at) = 2)),
    CHECK (decided_by <> proposed_by)
);
CREATE UNIQUE INDEX dispute_of_line ON dispute (closing, shop) WHERE state <> 'decided';
CREATE UNIQUE INDEX dispute_of_obligation ON dispute (obligation) WHERE state <> 'decided';

-- programs, sizes (of shops): those asked for; none: all.
CREATE TABLE payout_batch (
    id         uuid        PRIMARY KEY,
    programs   text[]      NOT NULL,
    sizes      text[]      NOT NULL CHECK (sizes <@ ARRAY['small', 'medium', 'large']),
    payer      uuid        NOT NULL REFERENCES payer (id),
    pay_on     date        NOT NULL,
    shops      integer     NOT NULL CHECK (shops > 0),
    units      bigint      NOT NULL CHECK (units > 0),
    sha256     bytea       NOT NULL CHECK (length(sha256) = 32),
    made_by    uuid        NOT NULL,
    made_at    timestamptz NOT NULL,
    state      text        NOT NULL
        CHECK (state IN ('made', 'approved', 'sent', 'rejected', 'taken_back')),
    decided_by uuid,
    decided_at timestamptz,
    taken_back_by uuid,
    taken_back_at timestamptz,
    CHECK ((state = 'taken_back') = (taken_back_by IS NOT NULL)),
    CHECK ((state = 'taken_back') = (taken_back_at IS NOT NULL)),
    CHECK ((state = 'made') = (decided_by IS NULL)),
    CHECK ((state = 'made') = (decided_at IS NULL)),
    CHECK (state = 'rejected' OR decided_by <> made_by)
);
CREATE INDEX payout_batch_by_decision ON payout_batch (decided_at);

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

-- Which payables a batch pays, or a bill asks for: each in one, unless that was given up or the
-- bank sent the shop's money back.
CREATE TABLE payout_line (
    taker   uuid    NOT NULL,
    closing uuid    NOT NULL,
    shop    uuid    NOT NULL,
    batch   uuid,
    bill    uuid    REFERENCES bill (id),
    is_live boolean NOT NULL,
    PRIMARY KEY (taker, closing, shop),
    FOREIGN KEY (batch, shop) REFERENCES payee (batch, shop),
    FOREIGN KEY (closing, shop) REFERENCES payable (closing, shop),
    CHECK (num_nonnulls(batch, bill) = 1 AND taker = coalesce(batch, bill))
);
CREATE UNIQUE INDEX payout_line_once ON payout_line (closing, shop) WHERE is_live;

-- Shops of which something was left out of a batch, and why.
CREATE TABLE payout_hold (
    batch  uuid   NOT NULL REFERENCES payout_batch (id),
    shop   uuid   NOT NULL REFERENCES shop (id),
    units  bigint NOT NULL CHECK (units > 0),
    reason text   NOT NULL
        CHECK (reason IN ('asked', 'above_usual', 'bank_refused', 'disputed')),
    PRIMARY KEY (batch, shop, reason)
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

-- Who charges fees, as an invoice names them (適格請求書発行事業者). A change is a new row.
CREATE TABLE invoice_issuer (
    id           uuid        PRIMARY KEY,
    registration text        NOT NULL CHECK (registration ~ '^T[0-9]{13}$'),
    name         text        NOT NULL CHECK (name <> ''),
    rate_percent smallint    NOT NULL CHECK (rate_percent BETWEEN 1 AND 50),
    entered_by   uuid        NOT NULL,
    entered_at   timestamptz NOT NULL
);

GRANT SELECT, INSERT ON payer, party_account, settlement_policy, association_contract, closing_run,
    closing_request, closing_step, closing,
    payable, association_closing, obligation, bill, bill_payment, netting, netting_line,
    netting_transfer, netting_party, netting_file_copy, netting_result, netting_result_line, dispute, payout_batch, payee, payout_line, payout_hold, payout_file_copy,
    bank_result, bank_result_line, invoice_issuer TO ichimai_operator;
GRANT UPDATE ON settlement_policy, association_contract TO ichimai_operator;
GRANT UPDATE (ended_at, refusal) ON closing_request TO ichimai_operator;
GRANT UPDATE (paid_by, paid_at) ON bill TO ichimai_operator;
GRANT UPDATE (state, decided_by, decided_at) ON netting TO ichimai_operator;
GRANT UPDATE (is_live) ON netting_line TO ichimai_operator;
GRANT UPDATE (state, units, finding, proposed_by, decided_by, decided_at) ON dispute
    TO ichimai_operator;
GRANT UPDATE (state, decided_by, decided_at, taken_back_by, taken_back_at) ON payout_batch TO ichimai_operator;
GRANT UPDATE (is_live) ON payout_line TO ichimai_operator;
GRANT SELECT ON payer, party_account, settlement_policy, association_contract, closing_run,
    closing_request, closing_step, closing,
    payable, association_closing, obligation, bill, bill_payment, netting, netting_line,
    netting_transfer, netting_party, netting_file_copy, netting_result, netting_result_line, dispute, payout_batch, payee, payout_line, payout_hold, payout_file_copy,
    bank_result, bank_result_line, invoice_issuer TO ichimai_auditor;

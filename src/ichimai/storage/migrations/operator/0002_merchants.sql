-- depends: 0001_ledger

-- Shopping-street associations (商店会), shops (加盟店) and tills of one operator.

CREATE TABLE association (
    number                smallint PRIMARY KEY CHECK (number BETWEEN 0 AND 99),
    name                  text     NOT NULL UNIQUE CHECK (name <> ''),
    members               integer  NOT NULL CHECK (members >= 0),
    accepts_gift_vouchers boolean  NOT NULL
);

-- A shop's number is that of its certificate (加盟店証): association, hyphen, member.
CREATE TABLE shop (
    id             uuid     PRIMARY KEY,
    number         text     NOT NULL UNIQUE CHECK (number ~ '^[0-9]{2}-[0-9]{3}$'),
    association    smallint NOT NULL REFERENCES association (number),
    name           text     NOT NULL CHECK (name <> ''),
    kana           text     NOT NULL,
    size           text     NOT NULL CHECK (size IN ('small', 'medium', 'large')),
    category       text     NOT NULL CHECK (category <> ''),
    bank_code      text     NOT NULL CHECK (bank_code ~ '^[0-9]{4}$'),
    bank_name      text     NOT NULL,
    branch_code    text     NOT NULL CHECK (branch_code ~ '^[0-9]{3}$'),
    branch_name    text     NOT NULL,
    account_kind   smallint NOT NULL CHECK (account_kind IN (1, 2, 4)),
    account_number text     NOT NULL CHECK (account_number ~ '^[0-9]{7}$'),
    account_holder text     NOT NULL CHECK (account_holder <> ''),
    CHECK (left(number, 2)::smallint = association)
);
CREATE INDEX shop_by_association ON shop (association);

-- A till. Only the SHA-256 of its 256-bit token is kept.
CREATE TABLE terminal (
    id          uuid        PRIMARY KEY,
    token_hash  bytea       NOT NULL UNIQUE CHECK (length(token_hash) = 32),
    shop        uuid        NOT NULL REFERENCES shop (id),
    enrolled_at timestamptz NOT NULL,
    revoked_at  timestamptz
);
CREATE INDEX terminal_by_shop ON terminal (shop);

-- A one-time code with which a shop makes a device its till.
CREATE TABLE enrolment (
    code_hash  bytea       PRIMARY KEY CHECK (length(code_hash) = 32),
    shop       uuid        NOT NULL REFERENCES shop (id),
    created_at timestamptz NOT NULL,
    expires_at timestamptz NOT NULL CHECK (expires_at > created_at),
    used_at    timestamptz,
    terminal   uuid        UNIQUE REFERENCES terminal (id),
    CHECK ((used_at IS NULL) = (terminal IS NULL))
);

-- Where a shop is told what concerns its money; a new one is a new row, and the last ones stay.
CREATE TABLE shop_contact (
    id         uuid        PRIMARY KEY,
    shop       uuid        NOT NULL REFERENCES shop (id),
    mail       text        NOT NULL,
    letter     text        NOT NULL,
    entered_by uuid        NOT NULL,
    entered_at timestamptz NOT NULL,
    CHECK ((mail = '') <> (letter = ''))
);
CREATE INDEX shop_contact_by_shop ON shop_contact (shop, entered_at);

-- Another bank account for a shop: asked, checked by one of the staff, approved by another, told
-- to the shop's old contacts, and only after a delay in which they may cancel it the shop's.
CREATE TABLE account_change (
    id             uuid        PRIMARY KEY,
    shop           uuid        NOT NULL REFERENCES shop (id),
    bank_code      text        NOT NULL CHECK (bank_code ~ '^[0-9]{4}$'),
    bank_name      text        NOT NULL,
    branch_code    text        NOT NULL CHECK (branch_code ~ '^[0-9]{3}$'),
    branch_name    text        NOT NULL,
    account_kind   smallint    NOT NULL CHECK (account_kind IN (1, 2, 4)),
    account_number text        NOT NULL CHECK (account_number ~ '^[0-9]{7}$'),
    account_holder text        NOT NULL CHECK (account_holder <> ''),
    was            text[]      NOT NULL CHECK (cardinality(was) = 7),
    reason         text        NOT NULL,
    is_from_shop   boolean     NOT NULL,
    asked_by       uuid        NOT NULL,
    asked_at       timestamptz NOT NULL,
    checked_by     uuid,
    checked_at     timestamptz,
    decided_by     uuid,
    decided_at     timestamptz,
    is_approved    boolean,
    delay_hours    smallint    CHECK (delay_hours BETWEEN 24 AND 720),
    code_hash      bytea       UNIQUE CHECK (length(code_hash) = 32),
    effective_at   timestamptz,
    cancelled_by   uuid,
    cancelled_at   timestamptz,
    applied_at     timestamptz,
    CHECK ((checked_by IS NULL) = (checked_at IS NULL)),
    CHECK (num_nulls(decided_by, decided_at, is_approved) IN (0, 3)),
    CHECK (NOT is_approved OR (checked_by IS NOT NULL AND decided_by <> checked_by)),
    CHECK (NOT is_approved OR num_nulls(delay_hours, code_hash) = 0),
    CHECK (effective_at IS NULL
        OR (is_approved AND effective_at >= decided_at + delay_hours * interval '1 hour')),
    CHECK ((cancelled_by IS NULL) = (cancelled_at IS NULL)),
    CHECK (applied_at IS NULL OR cancelled_at IS NULL),
    CHECK (applied_at IS NULL OR (effective_at IS NOT NULL AND applied_at >= effective_at))
);
CREATE UNIQUE INDEX account_change_one_open ON account_change (shop)
    WHERE applied_at IS NULL AND cancelled_at IS NULL AND is_approved IS NOT FALSE;
CREATE INDEX account_change_by_shop ON account_change (shop, asked_at);

-- What somebody must be told, by mail or on paper, because of what about names.
CREATE TABLE notice (
    id        uuid        PRIMARY KEY,
    about     uuid        NOT NULL,
    channel   text        NOT NULL CHECK (channel IN ('mail', 'letter')),
    recipient text        NOT NULL CHECK (recipient <> ''),
    subject   text        NOT NULL CHECK (subject <> ''),
    body      text        NOT NULL CHECK (body <> ''),
    made_at   timestamptz NOT NULL,
    tries     integer     NOT NULL CHECK (tries >= 0),
    try_at    timestamptz NOT NULL,
    sent_at   timestamptz CHECK (sent_at >= made_at),
    sent_by   uuid,
    CHECK ((sent_by IS NOT NULL) = (channel = 'letter' AND sent_at IS NOT NULL))
);
CREATE INDEX notice_by_about ON notice (about);
CREATE INDEX notice_waiting ON notice (channel, try_at) WHERE sent_at IS NULL;

GRANT SELECT, INSERT ON association, shop, terminal, enrolment TO ichimai_operator;
GRANT SELECT, INSERT ON shop_contact, account_change, notice TO ichimai_operator;
GRANT UPDATE (bank_code, bank_name, branch_code, branch_name, account_kind, account_number,
    account_holder) ON shop TO ichimai_operator;
GRANT UPDATE (checked_by, checked_at, decided_by, decided_at, is_approved, delay_hours, code_hash,
    effective_at, cancelled_by, cancelled_at, applied_at) ON account_change TO ichimai_operator;
GRANT UPDATE (tries, try_at, sent_at, sent_by) ON notice TO ichimai_operator;
GRANT UPDATE (revoked_at) ON terminal TO ichimai_operator;
GRANT UPDATE (used_at, terminal) ON enrolment TO ichimai_operator;
GRANT SELECT ON association, shop TO ichimai_auditor;
GRANT SELECT (id, shop, enrolled_at, revoked_at) ON terminal TO ichimai_auditor;
GRANT SELECT (shop, created_at, expires_at, used_at, terminal) ON enrolment TO ichimai_auditor;
GRANT SELECT ON shop_contact TO ichimai_auditor;
GRANT SELECT (id, shop, bank_code, bank_name, branch_code, branch_name, account_kind,
    account_number, account_holder, was, reason, is_from_shop, asked_by, asked_at, checked_by,
    checked_at, decided_by, decided_at, is_approved, delay_hours, effective_at, cancelled_by,
    cancelled_at, applied_at) ON account_change TO ichimai_auditor;
GRANT SELECT (id, about, channel, recipient, subject, made_at, tries, try_at, sent_at, sent_by)
    ON notice TO ichimai_auditor;

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

GRANT SELECT, INSERT ON association, shop, terminal, enrolment TO ichimai_operator;
GRANT UPDATE (revoked_at) ON terminal TO ichimai_operator;
GRANT UPDATE (used_at, terminal) ON enrolment TO ichimai_operator;
GRANT SELECT ON association, shop TO ichimai_auditor;
GRANT SELECT (id, shop, enrolled_at, revoked_at) ON terminal TO ichimai_auditor;
GRANT SELECT (shop, created_at, expires_at, used_at, terminal) ON enrolment TO ichimai_auditor;

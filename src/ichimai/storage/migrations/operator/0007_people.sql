-- depends: 0006_identity

-- What is known of people, and who may know it. What describes a person is sealed with a key of
-- that person's own; the key is wrapped with one that is not in the database. Removing the key
-- is erasing the person: the journals below stay, and say nothing any more.

-- ``subject``: a person's, or a group's id.
CREATE TABLE subject_key (
    subject      uuid        PRIMARY KEY,
    id           uuid        NOT NULL UNIQUE,
    wrapped      bytea       NOT NULL,
    wrapped_with bytea       NOT NULL CHECK (length(wrapped_with) = 8),
    made_at      timestamptz NOT NULL
);
CREATE INDEX subject_key_by_wrapping ON subject_key (wrapped_with, subject);

CREATE TABLE erasure (
    key       uuid        PRIMARY KEY,
    subject   uuid        NOT NULL,
    staff     uuid        NOT NULL,
    erased_at timestamptz NOT NULL
);
CREATE INDEX erasure_by_subject ON erasure (subject);
CREATE INDEX erasure_by_time ON erasure (erased_at);

-- Name, kana and contact; the latest version counts.
CREATE TABLE personal (
    id          uuid        PRIMARY KEY,
    subject     uuid        NOT NULL,
    key         uuid        NOT NULL,
    version     integer     NOT NULL CHECK (version > 0),
    sealed      bytea       NOT NULL,
    staff       uuid        NOT NULL,
    recorded_at timestamptz NOT NULL,
    UNIQUE (key, version)
);
CREATE INDEX personal_by_subject ON personal (subject);

-- Finds a person by kana and birth date: a keyed hash of both, removed when the person is erased.
CREATE TABLE personal_index (
    subject uuid  PRIMARY KEY,
    hash    bytea NOT NULL CHECK (length(hash) = 32)
);
CREATE INDEX personal_index_by_hash ON personal_index (hash);

-- Sealed: the value, and the days from and until which it counts.
CREATE TABLE claim (
    id          uuid        PRIMARY KEY,
    subject     uuid        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('birth_date', 'resident_since',
                    'disability_grade', 'works_in_town', 'studies_in_town', 'district')),
    key         uuid        NOT NULL,
    sealed      bytea       NOT NULL,
    source      text        NOT NULL CHECK (source IN ('list', 'document', 'adapter')),
    evidence    text        NOT NULL CHECK (char_length(evidence) BETWEEN 1 AND 60),
    staff       uuid        NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX claim_by_subject ON claim (subject);

-- An ended claim does not count on ``ended_on`` and later; a void one was never true. One that is
-- to end on a day to come may be ended sooner: the earliest day counts.
CREATE TABLE claim_end (
    claim       uuid        NOT NULL REFERENCES claim (id),
    ended_on    date        NOT NULL,
    is_void     boolean     NOT NULL,
    staff       uuid        NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (claim, ended_on)
);

-- What services asked about a person; not what they were told. ``refusal``: empty when answered.
CREATE TABLE predicate_ask (
    id       uuid        PRIMARY KEY,
    subject  uuid        NOT NULL,
    service  text        NOT NULL,
    asks     text[]      NOT NULL,
    ages     smallint[]  NOT NULL,
    refusal  text        NOT NULL,
    asked_at timestamptz NOT NULL
);
CREATE INDEX predicate_ask_by_subject ON predicate_ask (subject, service, asked_at);
CREATE INDEX predicate_ask_refused ON predicate_ask (asked_at) WHERE refusal <> '';

-- After ISO/IEC TS 27560.
CREATE TABLE consent (
    id              uuid        PRIMARY KEY,
    subject         uuid        NOT NULL,
    service         text        NOT NULL,
    controller      text        NOT NULL CHECK (controller <> ''),
    purpose         text        NOT NULL CHECK (purpose <> ''),
    categories      text[]      NOT NULL CHECK (cardinality(categories) > 0),
    recipient       text        NOT NULL CHECK (recipient <> ''),
    legal_basis     text        NOT NULL CHECK (legal_basis IN ('appi_69_2_1', 'appi_27_1')),
    given_how       text        NOT NULL CHECK (given_how IN ('counter', 'my_page', 'paper')),
    text_version    text        NOT NULL CHECK (text_version <> ''),
    text_sha256     bytea       NOT NULL CHECK (length(text_sha256) = 32),
    given_at        timestamptz NOT NULL,
    until_on        date,
    staff           uuid        NOT NULL
);
CREATE INDEX consent_by_subject ON consent (subject, service);

CREATE TABLE consent_withdrawal (
    consent       uuid        PRIMARY KEY REFERENCES consent (id),
    withdrawn_how text        NOT NULL CHECK (withdrawn_how IN ('counter', 'my_page', 'paper', 'erasure')),
    staff         uuid        NOT NULL,
    withdrawn_at  timestamptz NOT NULL
);

-- What people may consent to by themselves, and the text that they are shown. A new version is
-- a new offer.
CREATE TABLE consent_offer (
    id          uuid        PRIMARY KEY,
    terms       jsonb       NOT NULL,
    text_sha256 bytea       NOT NULL CHECK (length(text_sha256) = 32),
    staff       uuid        NOT NULL,
    offered_at  timestamptz NOT NULL
);
CREATE INDEX consent_offer_by_text ON consent_offer (text_sha256);

CREATE TABLE consent_offer_end (
    offer    uuid        PRIMARY KEY REFERENCES consent_offer (id),
    staff    uuid        NOT NULL,
    ended_at timestamptz NOT NULL
);

-- What was handed over, to whom, under which consent.
CREATE TABLE disclosure (
    id           uuid        PRIMARY KEY,
    subject      uuid        NOT NULL,
    consent      uuid        NOT NULL REFERENCES consent (id),
    categories   text[]      NOT NULL,
    staff        uuid        NOT NULL,
    disclosed_at timestamptz NOT NULL
);
CREATE INDEX disclosure_by_subject ON disclosure (subject);

-- Sealed: from and until when. A guardian's often ends with a birthday.
CREATE TABLE delegation (
    id          uuid        PRIMARY KEY,
    principal   uuid        NOT NULL,
    delegate    uuid        NOT NULL CHECK (delegate <> principal),
    credential  uuid        NOT NULL UNIQUE,
    kind        text        NOT NULL CHECK (kind IN ('guardian', 'carer', 'family')),
    scopes      text[]      NOT NULL CHECK (cardinality(scopes) > 0 AND scopes <@ ARRAY['pay', 'collect']),
    per_day_yen bigint      NOT NULL CHECK (per_day_yen >= 0),
    in_all_yen  bigint      NOT NULL CHECK (in_all_yen >= per_day_yen),
    key         uuid        NOT NULL,
    sealed      bytea       NOT NULL,
    staff       uuid        NOT NULL,
    recorded_at timestamptz NOT NULL
);
CREATE INDEX delegation_by_principal ON delegation (principal);
CREATE INDEX delegation_by_delegate ON delegation (delegate);

CREATE TABLE delegation_end (
    delegation uuid        PRIMARY KEY REFERENCES delegation (id),
    staff      uuid        NOT NULL,
    ended_at   timestamptz NOT NULL
);

-- One line for each thing that a delegate did.
CREATE TABLE delegation_use (
    delegation uuid        NOT NULL REFERENCES delegation (id),
    operation  uuid        NOT NULL,
    scope      text        NOT NULL,
    yen        bigint      NOT NULL CHECK (yen >= 0),
    terminal   uuid        NOT NULL,
    used_on    date        NOT NULL,
    used_at    timestamptz NOT NULL,
    PRIMARY KEY (delegation, operation)
);

-- What came back of a payment, by a refund or because a hold was not used up: in the order of the
-- ledger's numbers, and not before somebody asks what was spent.
CREATE TABLE delegation_return (
    delegation  uuid        NOT NULL,
    refund      uuid        NOT NULL,
    operation   uuid        NOT NULL,
    yen         bigint      NOT NULL CHECK (yen > 0),
    returned_at timestamptz NOT NULL,
    PRIMARY KEY (delegation, refund),
    FOREIGN KEY (delegation, operation) REFERENCES delegation_use (delegation, operation)
);

-- Refusals that were an answer: the same operation gets the same answer for ever.
CREATE TABLE delegation_refusal (
    operation  uuid        PRIMARY KEY,
    delegation uuid        NOT NULL REFERENCES delegation (id),
    credential uuid        NOT NULL,
    code       text        NOT NULL,
    is_hold    boolean     NOT NULL,
    yen        bigint      NOT NULL,
    terminal   uuid        NOT NULL,
    refused_at timestamptz NOT NULL
);

-- A projection of the lines above; its lock keeps parallel uses within the limit. Refunds are in it
-- up to the ledger's number seen_number.
CREATE TABLE delegation_total (
    delegation  uuid   PRIMARY KEY REFERENCES delegation (id),
    in_all_yen  bigint NOT NULL CHECK (in_all_yen >= 0),
    day_on      date   NOT NULL,
    day_yen     bigint NOT NULL CHECK (day_yen BETWEEN 0 AND in_all_yen),
    seen_number bigint NOT NULL CHECK (seen_number >= 0)
);

-- 団体: the name is sealed with the group's key.
CREATE TABLE member_group (
    id          uuid        PRIMARY KEY,
    key         uuid        NOT NULL,
    sealed      bytea       NOT NULL,
    staff       uuid        NOT NULL,
    recorded_at timestamptz NOT NULL
);

-- ``number_hash``: keyed, for finding and for uniqueness; the number itself is sealed.
CREATE TABLE membership (
    id          uuid        PRIMARY KEY,
    service     text        NOT NULL,
    kind        text        NOT NULL CHECK (kind IN ('member', 'registration', 'recipient')),
    member      uuid        NOT NULL,
    is_group    boolean     NOT NULL,
    key         uuid        NOT NULL,
    number_hash bytea       NOT NULL CHECK (length(number_hash) = 32),
    sealed      bytea       NOT NULL,
    staff       uuid        NOT NULL,
    recorded_at timestamptz NOT NULL,
    UNIQUE (service, number_hash)
);
CREATE INDEX membership_by_member ON membership (member, service);

-- Terms follow each other; the last one that has begun is in force.
CREATE TABLE membership_term (
    membership  uuid        NOT NULL REFERENCES membership (id),
    from_on     date        NOT NULL,
    until_on    date        NOT NULL CHECK (until_on >= from_on),
    grade       text        NOT NULL CHECK (char_length(grade) <= 40),
    staff       uuid        NOT NULL,
    recorded_at timestamptz NOT NULL,
    PRIMARY KEY (membership, from_on)
);

CREATE TABLE membership_end (
    membership  uuid        PRIMARY KEY REFERENCES membership (id),
    ended_on    date        NOT NULL,
    staff       uuid        NOT NULL,
    recorded_at timestamptz NOT NULL
);

GRANT SELECT, INSERT ON subject_key, erasure, personal, personal_index, claim, claim_end,
    predicate_ask, consent, consent_withdrawal, consent_offer, consent_offer_end, disclosure,
    delegation, delegation_end, delegation_use, delegation_return, delegation_refusal,
    delegation_total, member_group, membership, membership_term, membership_end
    TO ichimai_operator;
GRANT UPDATE (wrapped, wrapped_with), DELETE ON subject_key TO ichimai_operator;
GRANT UPDATE (number_hash) ON membership TO ichimai_operator;
GRANT UPDATE (hash), DELETE ON personal_index TO ichimai_operator;
GRANT UPDATE (in_all_yen, day_on, day_yen, seen_number) ON delegation_total TO ichimai_operator;
GRANT SELECT ON erasure, personal, claim, claim_end, predicate_ask, consent, consent_withdrawal,
    consent_offer, consent_offer_end, disclosure, delegation, delegation_end, delegation_use,
    delegation_return, delegation_refusal, delegation_total, member_group, membership,
    membership_term, membership_end TO ichimai_auditor;
GRANT SELECT (subject, id, made_at) ON subject_key TO ichimai_auditor;
GRANT SELECT (subject) ON personal_index TO ichimai_auditor;

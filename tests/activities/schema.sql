CREATE TABLE account (
    staff_id VARCHAR NOT NULL,
    password_hash VARCHAR,
    must_change BOOLEAN NOT NULL,
    totp_enc BLOB,
    totp_pending_enc BLOB,
    totp_step INTEGER,
    disabled_at VARCHAR(27),
    made_at VARCHAR(27) NOT NULL,
    made_by VARCHAR NOT NULL,
    PRIMARY KEY (staff_id),
    FOREIGN KEY(staff_id) REFERENCES staff (id)
);

CREATE TABLE account_recovery (
    staff_id VARCHAR NOT NULL,
    code_hash VARCHAR NOT NULL,
    used_at VARCHAR(27),
    PRIMARY KEY (staff_id, code_hash),
    FOREIGN KEY(staff_id) REFERENCES staff (id)
);

CREATE TABLE account_subject (
    subject_index VARCHAR NOT NULL,
    staff_id VARCHAR NOT NULL,
    bound_at VARCHAR(27) NOT NULL,
    bound_by VARCHAR NOT NULL,
    PRIMARY KEY (subject_index),
    UNIQUE (staff_id),
    FOREIGN KEY(staff_id) REFERENCES staff (id)
);

CREATE TABLE archived_run (
    workflow_id VARCHAR NOT NULL,
    run_id VARCHAR NOT NULL,
    workflow_type VARCHAR NOT NULL,
    events INTEGER NOT NULL,
    history_enc BLOB NOT NULL,
    archived_at VARCHAR(27) NOT NULL,
    PRIMARY KEY (workflow_id, run_id)
);

CREATE TABLE area (
    id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    parent_id VARCHAR,
    from_on DATE NOT NULL,
    to_on DATE,
    merged_into VARCHAR,
    PRIMARY KEY (id),
    CONSTRAINT ck_kind CHECK (kind IN ('city', 'county', 'township', 'village')),
    FOREIGN KEY(parent_id) REFERENCES area (id),
    FOREIGN KEY(merged_into) REFERENCES area (id)
);

CREATE TABLE area_name (
    area_id VARCHAR NOT NULL,
    from_on DATE NOT NULL,
    name VARCHAR NOT NULL,
    PRIMARY KEY (area_id, from_on),
    FOREIGN KEY(area_id) REFERENCES area (id)
);

CREATE TABLE asked_back (
    task_id VARCHAR NOT NULL,
    phone_index VARCHAR NOT NULL,
    elder_id VARCHAR,
    township_id VARCHAR,
    note_id VARCHAR NOT NULL,
    asked_at VARCHAR(27) NOT NULL,
    answer_by VARCHAR(27) NOT NULL,
    phase VARCHAR NOT NULL,
    item_id VARCHAR,
    PRIMARY KEY (task_id, phone_index),
    CONSTRAINT ck_phase CHECK (phase IN ('waiting', 'answered', 'told'))
);

CREATE TABLE assessing_body (
    id VARCHAR NOT NULL,
    county_id VARCHAR NOT NULL,
    name VARCHAR NOT NULL,
    registered_as VARCHAR NOT NULL,
    from_on DATE NOT NULL,
    to_on DATE,
    PRIMARY KEY (id),
    FOREIGN KEY(county_id) REFERENCES area (id)
);

CREATE TABLE assessment_row (
    elder_id VARCHAR NOT NULL,
    round INTEGER NOT NULL,
    township_id VARCHAR NOT NULL,
    village_id VARCHAR NOT NULL,
    stage VARCHAR NOT NULL,
    "trigger" VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    requested_at VARCHAR(27) NOT NULL,
    due_at VARCHAR(27),
    first_id VARCHAR,
    second_id VARCHAR,
    body_id VARCHAR,
    proposed VARCHAR,
    total INTEGER,
    level VARCHAR,
    assessed_on DATE,
    confirmed_by VARCHAR,
    escalation_id VARCHAR,
    ended_at VARCHAR(27),
    outcome VARCHAR,
    PRIMARY KEY (elder_id, round)
);

CREATE TABLE audit_check (
    id VARCHAR NOT NULL,
    subject_id VARCHAR NOT NULL,
    county_id VARCHAR NOT NULL,
    elder_id VARCHAR,
    asked_by VARCHAR NOT NULL,
    begun_at VARCHAR(27) NOT NULL,
    beat_at VARCHAR(27) NOT NULL,
    phase VARCHAR NOT NULL,
    done INTEGER NOT NULL,
    total INTEGER NOT NULL,
    ended_at VARCHAR(27),
    failure VARCHAR,
    clean BOOLEAN,
    result VARCHAR,
    PRIMARY KEY (id)
);

CREATE TABLE body_assessor (
    staff_id VARCHAR NOT NULL,
    body_id VARCHAR NOT NULL,
    from_on DATE NOT NULL,
    to_on DATE,
    PRIMARY KEY (staff_id, body_id, from_on),
    FOREIGN KEY(staff_id) REFERENCES staff (id),
    FOREIGN KEY(body_id) REFERENCES assessing_body (id)
);

CREATE TABLE case_row (
    elder_id VARCHAR NOT NULL,
    county_id VARCHAR NOT NULL,
    township_id VARCHAR NOT NULL,
    village_id VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    opened_at VARCHAR(27) NOT NULL,
    start_on DATE NOT NULL,
    closed_at VARCHAR(27),
    close_reason VARCHAR,
    policy_hash VARCHAR NOT NULL,
    PRIMARY KEY (elder_id)
);

CREATE TABLE claim_row (
    elder_id VARCHAR NOT NULL,
    code VARCHAR NOT NULL,
    n INTEGER NOT NULL,
    township_id VARCHAR NOT NULL,
    village_id VARCHAR NOT NULL,
    stage VARCHAR NOT NULL,
    "trigger" VARCHAR NOT NULL,
    asked_on DATE NOT NULL,
    opened_at VARCHAR(27) NOT NULL,
    due_at VARCHAR(27),
    outcome VARCHAR NOT NULL,
    standing VARCHAR NOT NULL,
    "row" VARCHAR,
    fen INTEGER,
    month DATE NOT NULL,
    policy_version VARCHAR NOT NULL,
    policy_hash VARCHAR NOT NULL,
    checked_by VARCHAR,
    notice VARCHAR,
    posted_on DATE,
    until_on DATE,
    escalation_id VARCHAR,
    decision VARCHAR,
    decided_by VARCHAR,
    decided_at VARCHAR(27),
    told_on DATE,
    appeal_by DATE,
    PRIMARY KEY (elder_id, code, n)
);

CREATE TABLE command (
    id VARCHAR NOT NULL,
    staff_id VARCHAR NOT NULL,
    role VARCHAR NOT NULL,
    action VARCHAR NOT NULL,
    subject_id VARCHAR NOT NULL,
    at VARCHAR(27) NOT NULL,
    accepted BOOLEAN NOT NULL,
    answer VARCHAR NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE coupon_use (
    elder_id VARCHAR NOT NULL,
    seq INTEGER NOT NULL,
    code VARCHAR NOT NULL,
    bill VARCHAR NOT NULL,
    month DATE NOT NULL,
    "on" DATE NOT NULL,
    place VARCHAR NOT NULL,
    percent INTEGER NOT NULL,
    bill_fen INTEGER NOT NULL,
    paid_fen INTEGER NOT NULL,
    left_fen INTEGER NOT NULL,
    recorded_by VARCHAR NOT NULL,
    recorded_at VARCHAR(27) NOT NULL,
    taken_back_by VARCHAR,
    taken_back_at VARCHAR(27),
    PRIMARY KEY (elder_id, seq)
);

CREATE TABLE digest (
    id VARCHAR NOT NULL,
    recipient_id VARCHAR NOT NULL,
    recipient_kind VARCHAR NOT NULL,
    phone_index VARCHAR NOT NULL,
    text_class VARCHAR NOT NULL,
    template VARCHAR NOT NULL,
    body_enc BLOB NOT NULL,
    segments INTEGER NOT NULL,
    body_index VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    built_at VARCHAR(27) NOT NULL,
    send_by VARCHAR(27),
    accepted_at VARCHAR(27),
    delivered_at VARCHAR(27),
    why VARCHAR, params_enc BLOB,
    PRIMARY KEY (id),
    CONSTRAINT ck_state CHECK (state IN ('built', 'accepted', 'delivered', 'undelivered', 'failed', 'unknown', 'expired', 'cancelled'))
);

CREATE TABLE elder (
    id VARCHAR NOT NULL,
    county_id VARCHAR NOT NULL,
    township_id VARCHAR NOT NULL,
    village_id VARCHAR NOT NULL,
    household_id VARCHAR NOT NULL,
    name_enc BLOB NOT NULL,
    id_number_enc BLOB NOT NULL,
    id_number_index VARCHAR NOT NULL,
    phone_enc BLOB,
    phone_index VARCHAR,
    phone_textable BOOLEAN NOT NULL,
    tail_index VARCHAR,
    contact_enc BLOB,
    born_on_enc BLOB NOT NULL,
    sex VARCHAR NOT NULL,
    living VARCHAR,
    ability VARCHAR,
    disability INTEGER,
    welfare VARCHAR,
    standing VARCHAR NOT NULL,
    standing_reason VARCHAR NOT NULL,
    start_on DATE,
    remark_enc BLOB,
    updated_at VARCHAR(27) NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT ck_sex CHECK (sex IN ('F', 'M')),
    CONSTRAINT ck_standing CHECK (standing IN ('case', 'register_only', 'cannot_decide')),
    UNIQUE (id_number_index),
    FOREIGN KEY(county_id) REFERENCES area (id),
    FOREIGN KEY(township_id) REFERENCES area (id),
    FOREIGN KEY(village_id) REFERENCES area (id)
);

CREATE TABLE elder_address (
    id INTEGER NOT NULL,
    elder_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    text_enc BLOB NOT NULL,
    text_index VARCHAR NOT NULL,
    from_on DATE NOT NULL,
    to_on DATE,
    PRIMARY KEY (id),
    CONSTRAINT ck_kind CHECK (kind IN ('registered', 'residence')),
    UNIQUE (elder_id, kind, text_index, from_on),
    FOREIGN KEY(elder_id) REFERENCES elder (id)
);

CREATE TABLE elder_category (
    elder_id VARCHAR NOT NULL,
    category VARCHAR NOT NULL,
    from_on DATE NOT NULL,
    source VARCHAR NOT NULL,
    to_on DATE,
    PRIMARY KEY (elder_id, category, from_on),
    FOREIGN KEY(elder_id) REFERENCES elder (id)
);

CREATE TABLE "elder_notice" (
    elder_id VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    given_on DATE NOT NULL,
    given_by_enc BLOB NOT NULL,
    PRIMARY KEY (elder_id, version),
    FOREIGN KEY(elder_id) REFERENCES elder (id)
);

CREATE TABLE "entitlement_row" (
    elder_id VARCHAR NOT NULL,
    code VARCHAR NOT NULL,
    n INTEGER NOT NULL,
    from_month DATE NOT NULL,
    township_id VARCHAR NOT NULL,
    village_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    "row" VARCHAR NOT NULL,
    fen INTEGER,
    through DATE,
    policy_version VARCHAR NOT NULL,
    policy_hash VARCHAR NOT NULL,
    approved_by VARCHAR NOT NULL,
    approved_at VARCHAR(27) NOT NULL,
    held BOOLEAN NOT NULL,
    review_on DATE NOT NULL,
    waits VARCHAR,
    waits_until VARCHAR(27),
    change VARCHAR,
    change_fen INTEGER,
    change_month DATE,
    end_cause VARCHAR,
    ended_by VARCHAR,
    change_by_age BOOLEAN NOT NULL,
    PRIMARY KEY (elder_id, code, n, from_month)
);

CREATE TABLE escalation_row (
    id VARCHAR NOT NULL,
    elder_id VARCHAR NOT NULL,
    township_id VARCHAR NOT NULL,
    village_id VARCHAR NOT NULL,
    visit_id VARCHAR,
    cause VARCHAR NOT NULL,
    urgency VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    rung INTEGER NOT NULL,
    role VARCHAR,
    owner_id VARCHAR,
    as_deputy BOOLEAN NOT NULL,
    asked_at VARCHAR(27) NOT NULL,
    rung_at VARCHAR(27),
    climbs_at VARCHAR(27),
    acknowledged_at VARCHAR(27),
    extensions INTEGER NOT NULL,
    resolved_at VARCHAR(27),
    resolved_by VARCHAR,
    outcome VARCHAR,
    PRIMARY KEY (id)
);

CREATE TABLE follow_up (
    id VARCHAR NOT NULL,
    elder_id VARCHAR NOT NULL,
    visit_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    need VARCHAR NOT NULL,
    at VARCHAR(27) NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE frozen_rate (
    county_id VARCHAR NOT NULL,
    month DATE NOT NULL,
    township_id VARCHAR NOT NULL,
    listed INTEGER NOT NULL,
    seen INTEGER NOT NULL,
    excused INTEGER NOT NULL,
    known_at VARCHAR(27) NOT NULL,
    PRIMARY KEY (county_id, month, township_id)
);

CREATE TABLE inbound (
    provider VARCHAR NOT NULL,
    provider_message_id VARCHAR NOT NULL,
    phone_index VARCHAR NOT NULL,
    phone_enc BLOB NOT NULL,
    note_id VARCHAR NOT NULL,
    received_at VARCHAR(27) NOT NULL,
    read_at VARCHAR(27),
    sender_id VARCHAR,
    reading VARCHAR,
    tries INTEGER NOT NULL,
    PRIMARY KEY (provider, provider_message_id)
);

CREATE TABLE ledger (
    stream VARCHAR NOT NULL,
    seq INTEGER NOT NULL,
    kind VARCHAR NOT NULL,
    at VARCHAR(27) NOT NULL,
    "key" VARCHAR NOT NULL,
    prev VARCHAR NOT NULL,
    body_hash VARCHAR NOT NULL,
    hash VARCHAR NOT NULL,
    body_enc BLOB NOT NULL,
    PRIMARY KEY (stream, seq),
    CONSTRAINT uq_ledger_key UNIQUE (stream, "key")
);

CREATE TABLE letter (
    id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    workflow_id VARCHAR,
    elder_id VARCHAR,
    recipient_id VARCHAR,
    body_enc BLOB NOT NULL,
    state VARCHAR NOT NULL,
    send_not_before VARCHAR(27) NOT NULL,
    send_by VARCHAR(27),
    received_at VARCHAR(27),
    created_at VARCHAR(27) NOT NULL,
    settled_at VARCHAR(27),
    lease_owner VARCHAR,
    lease_until VARCHAR(27),
    tries INTEGER NOT NULL,
    next_try_at VARCHAR(27),
    why VARCHAR,
    reply VARCHAR,
    digest_id VARCHAR,
    PRIMARY KEY (id),
    CONSTRAINT ck_state CHECK (state IN ('due', 'gathered', 'delivered', 'cancelled', 'expired', 'dead'))
);

CREATE TABLE level_row (
    elder_id VARCHAR NOT NULL,
    level VARCHAR NOT NULL,
    round INTEGER NOT NULL,
    assessed_on DATE NOT NULL,
    valid_to DATE,
    object_by VARCHAR(27) NOT NULL,
    confirmed_by VARCHAR NOT NULL,
    confirmed_at VARCHAR(27) NOT NULL,
    expired BOOLEAN NOT NULL,
    PRIMARY KEY (elder_id)
);

CREATE TABLE note (
    id VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    text_enc BLOB NOT NULL,
    written_at VARCHAR(27) NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE oidc_way (
    state_index VARCHAR NOT NULL,
    ends_at VARCHAR(27) NOT NULL,
    PRIMARY KEY (state_index)
);

CREATE TABLE pairing (
    id INTEGER NOT NULL,
    volunteer_id VARCHAR NOT NULL,
    elder_id VARCHAR NOT NULL,
    from_on DATE NOT NULL,
    to_on DATE,
    PRIMARY KEY (id),
    FOREIGN KEY(volunteer_id) REFERENCES volunteer (id),
    FOREIGN KEY(elder_id) REFERENCES elder (id)
);

CREATE TABLE pay_line (
    sha256 VARCHAR NOT NULL,
    seq INTEGER NOT NULL,
    elder_id VARCHAR NOT NULL,
    code VARCHAR NOT NULL,
    n INTEGER NOT NULL,
    month DATE NOT NULL,
    kind VARCHAR NOT NULL,
    fen INTEGER NOT NULL,
    due_fen INTEGER NOT NULL,
    "row" VARCHAR NOT NULL,
    because VARCHAR NOT NULL,
    township_id VARCHAR NOT NULL,
    village_id VARCHAR NOT NULL,
    by_age BOOLEAN NOT NULL,
    PRIMARY KEY (sha256, seq)
);

CREATE TABLE pay_list (
    county_id VARCHAR NOT NULL,
    month DATE NOT NULL,
    n INTEGER NOT NULL,
    state VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    lines INTEGER NOT NULL,
    fen INTEGER NOT NULL,
    back_pay_fen INTEGER NOT NULL,
    claw_back_fen INTEGER NOT NULL,
    held INTEGER NOT NULL,
    unstated INTEGER NOT NULL,
    drawn_at VARCHAR(27) NOT NULL,
    checked_by VARCHAR,
    decided_by VARCHAR,
    decided_at VARCHAR(27),
    PRIMARY KEY (county_id, month, n)
);

CREATE TABLE period_reason (
    elder_id VARCHAR NOT NULL,
    period_id VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    given_by VARCHAR NOT NULL,
    starts_at VARCHAR(27) NOT NULL,
    ends_at VARCHAR(27) NOT NULL,
    PRIMARY KEY (elder_id, period_id)
);

CREATE TABLE phone_code (
    id VARCHAR NOT NULL,
    phone_index VARCHAR NOT NULL,
    address_index VARCHAR NOT NULL,
    code_hash VARCHAR NOT NULL,
    made_at VARCHAR(27) NOT NULL,
    ends_at VARCHAR(27) NOT NULL,
    tries INTEGER NOT NULL,
    used_at VARCHAR(27),
    PRIMARY KEY (id)
);

CREATE TABLE policy_proposal (
    id VARCHAR NOT NULL,
    county VARCHAR NOT NULL,
    hash VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    content VARCHAR NOT NULL,
    active_from DATE NOT NULL,
    proposed_by VARCHAR NOT NULL,
    proposed_at VARCHAR(27) NOT NULL,
    outcome VARCHAR,
    ended_by VARCHAR,
    ended_at VARCHAR(27),
    PRIMARY KEY (id)
);

CREATE TABLE policy_version (
    hash VARCHAR NOT NULL,
    county VARCHAR NOT NULL,
    version VARCHAR NOT NULL,
    content VARCHAR NOT NULL,
    active_from DATE NOT NULL,
    activated_by VARCHAR NOT NULL,
    at VARCHAR(27) NOT NULL, proposed_by VARCHAR,
    PRIMARY KEY (hash)
);

CREATE TABLE poll_back (
    provider VARCHAR NOT NULL,
    polled_until VARCHAR(27) NOT NULL,
    PRIMARY KEY (provider)
);

CREATE TABLE post (
    id VARCHAR NOT NULL,
    role VARCHAR NOT NULL,
    area_id VARCHAR NOT NULL,
    holder_id VARCHAR,
    deputy_id VARCHAR,
    PRIMARY KEY (id),
    CONSTRAINT ck_role CHECK (role IN ('volunteer', 'grid_worker', 'village_assistant', 'township_officer', 'county_officer', 'county_approver', 'assessor', 'auditor', 'admin')),
    FOREIGN KEY(area_id) REFERENCES area (id),
    FOREIGN KEY(holder_id) REFERENCES staff (id),
    FOREIGN KEY(deputy_id) REFERENCES staff (id)
);

CREATE TABLE register_change (
    id INTEGER NOT NULL,
    subject_id VARCHAR NOT NULL,
    field VARCHAR NOT NULL,
    old_enc BLOB,
    new_enc BLOB,
    "by" VARCHAR NOT NULL,
    at VARCHAR(27) NOT NULL, by_role VARCHAR,
    PRIMARY KEY (id)
);

CREATE TABLE reservation (
    visit_id VARCHAR NOT NULL,
    volunteer_id VARCHAR,
    elder_id VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    ends_at VARCHAR(27) NOT NULL,
    released_at VARCHAR(27),
    PRIMARY KEY (visit_id)
);

CREATE TABLE roster_file (
    sha256 VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    rows INTEGER NOT NULL,
    accepted INTEGER NOT NULL,
    refused INTEGER NOT NULL,
    unchanged INTEGER NOT NULL,
    imported_by VARCHAR NOT NULL,
    at VARCHAR(27) NOT NULL,
    PRIMARY KEY (sha256)
);

CREATE TABLE sandbox_text (
    id VARCHAR NOT NULL,
    client_ref VARCHAR NOT NULL,
    phone_index VARCHAR NOT NULL,
    phone_enc BLOB NOT NULL,
    body_enc BLOB NOT NULL,
    sent_at VARCHAR(27) NOT NULL,
    PRIMARY KEY (id),
    UNIQUE (client_ref)
);

CREATE TABLE send_attempt (
    id INTEGER NOT NULL,
    digest_id VARCHAR NOT NULL,
    nth INTEGER NOT NULL,
    step VARCHAR NOT NULL,
    provider VARCHAR NOT NULL,
    provider_message_id VARCHAR,
    error VARCHAR,
    at VARCHAR(27) NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE send_receipt (
    provider_message_id VARCHAR NOT NULL,
    status VARCHAR NOT NULL,
    error VARCHAR,
    at VARCHAR(27) NOT NULL,
    PRIMARY KEY (provider_message_id, status)
);

CREATE TABLE session (
    token_hash VARCHAR NOT NULL,
    staff_id VARCHAR NOT NULL,
    step VARCHAR NOT NULL,
    how VARCHAR NOT NULL,
    made_at VARCHAR(27) NOT NULL,
    seen_at VARCHAR(27) NOT NULL,
    ends_at VARCHAR(27) NOT NULL,
    revoked_at VARCHAR(27),
    PRIMARY KEY (token_hash),
    CONSTRAINT ck_step CHECK (step IN ('full', 'must_change', 'needs_totp', 'enrol_totp')),
    CONSTRAINT ck_how CHECK (how IN ('password', 'phone_code', 'oidc', 'link')),
    FOREIGN KEY(staff_id) REFERENCES staff (id)
);

CREATE TABLE sign_in_try (
    id INTEGER NOT NULL,
    attempt VARCHAR NOT NULL,
    login_index VARCHAR NOT NULL,
    address_index VARCHAR NOT NULL,
    at VARCHAR(27) NOT NULL,
    outcome VARCHAR NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT ck_outcome CHECK (outcome IN ('tried', 'right', 'in'))
);

CREATE TABLE staff (
    id VARCHAR NOT NULL,
    county_id VARCHAR NOT NULL,
    name_enc BLOB NOT NULL,
    phone_enc BLOB NOT NULL,
    phone_index VARCHAR NOT NULL,
    PRIMARY KEY (id),
    FOREIGN KEY(county_id) REFERENCES area (id)
);

CREATE TABLE "staff_leave" (
    id INTEGER NOT NULL,
    staff_id VARCHAR NOT NULL,
    from_on DATE NOT NULL,
    to_on DATE NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT ck_staff_leave_order CHECK (to_on >= from_on),
    FOREIGN KEY(staff_id) REFERENCES staff (id)
);

CREATE TABLE starts_taken (
    id INTEGER NOT NULL,
    starts INTEGER NOT NULL,
    until VARCHAR(27) NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE stated_fact (
    id VARCHAR NOT NULL,
    elder_id VARCHAR NOT NULL,
    n INTEGER NOT NULL,
    code VARCHAR NOT NULL,
    value_enc BLOB NOT NULL,
    source VARCHAR NOT NULL,
    document_note_id VARCHAR,
    "on" DATE NOT NULL,
    taken_back BOOLEAN NOT NULL,
    stated_by VARCHAR NOT NULL,
    stated_at VARCHAR(27) NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE stream_state (
    stream VARCHAR NOT NULL,
    seq INTEGER NOT NULL,
    head VARCHAR NOT NULL,
    state_enc BLOB NOT NULL,
    PRIMARY KEY (stream)
);

CREATE TABLE task_code (
    phone_index VARCHAR NOT NULL,
    elder_id VARCHAR NOT NULL,
    code INTEGER NOT NULL,
    given_at VARCHAR(27) NOT NULL,
    last_used_at VARCHAR(27) NOT NULL,
    PRIMARY KEY (phone_index, elder_id),
    UNIQUE (phone_index, code),
    FOREIGN KEY(elder_id) REFERENCES elder (id)
);

CREATE TABLE visit_code (
    code_hash VARCHAR NOT NULL,
    visit_id VARCHAR NOT NULL,
    volunteer_id VARCHAR NOT NULL,
    ends_at VARCHAR(27) NOT NULL,
    PRIMARY KEY (code_hash)
);

CREATE TABLE visit_enclosure (
    id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    elder_id VARCHAR NOT NULL,
    visit_id VARCHAR NOT NULL,
    volunteer_id VARCHAR NOT NULL,
    sha256 VARCHAR NOT NULL,
    content_enc BLOB NOT NULL,
    kept_at VARCHAR(27) NOT NULL,
    PRIMARY KEY (id)
);

CREATE TABLE visit_row (
    id VARCHAR NOT NULL,
    elder_id VARCHAR NOT NULL,
    township_id VARCHAR NOT NULL,
    village_id VARCHAR NOT NULL,
    period_id VARCHAR NOT NULL,
    kind VARCHAR NOT NULL,
    reason VARCHAR NOT NULL,
    state VARCHAR NOT NULL,
    volunteer_id VARCHAR,
    opened_at VARCHAR(27) NOT NULL,
    starts_at VARCHAR(27) NOT NULL,
    due_at VARCHAR(27) NOT NULL,
    ends_at VARCHAR(27) NOT NULL,
    visitor_id VARCHAR,
    method VARCHAR,
    result VARCHAR,
    visited_on DATE,
    visited_at VARCHAR(27),
    reported_at VARCHAR(27),
    recorded_late BOOLEAN NOT NULL,
    attempts INTEGER NOT NULL,
    overdue_at VARCHAR(27),
    cancel_reason VARCHAR,
    cancelled_by VARCHAR,
    escalation_id VARCHAR,
    PRIMARY KEY (id),
    CONSTRAINT ck_state CHECK (state IN ('open', 'done', 'late', 'missed', 'cancelled'))
);

CREATE TABLE volunteer (
    id VARCHAR NOT NULL,
    county_id VARCHAR NOT NULL,
    township_id VARCHAR NOT NULL,
    village_id VARCHAR NOT NULL,
    name_enc BLOB NOT NULL,
    phone_enc BLOB NOT NULL,
    phone_index VARCHAR NOT NULL,
    sex VARCHAR NOT NULL,
    standing VARCHAR NOT NULL,
    capacity INTEGER NOT NULL,
    consented_on DATE,
    opted_out_at VARCHAR(27),
    barred BOOLEAN NOT NULL,
    elder_id VARCHAR,
    PRIMARY KEY (id),
    CONSTRAINT ck_capacity CHECK (capacity >= 0),
    FOREIGN KEY(county_id) REFERENCES area (id),
    FOREIGN KEY(township_id) REFERENCES area (id),
    FOREIGN KEY(village_id) REFERENCES area (id),
    FOREIGN KEY(elder_id) REFERENCES elder (id)
);

CREATE TABLE volunteer_leave (
    id INTEGER NOT NULL,
    volunteer_id VARCHAR NOT NULL,
    from_on DATE NOT NULL,
    to_on DATE NOT NULL,
    PRIMARY KEY (id),
    CONSTRAINT ck_leave_order CHECK (to_on >= from_on),
    FOREIGN KEY(volunteer_id) REFERENCES volunteer (id)
);

CREATE TABLE work_item (
    id VARCHAR NOT NULL,
    item VARCHAR NOT NULL,
    elder_id VARCHAR,
    township_id VARCHAR,
    role VARCHAR NOT NULL,
    owner_id VARCHAR,
    about VARCHAR NOT NULL,
    opened_at VARCHAR(27) NOT NULL,
    due_at VARCHAR(27) NOT NULL,
    closed_at VARCHAR(27),
    closed_by VARCHAR,
    close_reason VARCHAR, county_id VARCHAR,
    PRIMARY KEY (id)
);

CREATE INDEX ix_area_parent ON area (parent_id);

CREATE INDEX ix_asked_back_due ON asked_back (phase, answer_by);

CREATE INDEX ix_asked_back_elder_id ON asked_back (elder_id);

CREATE INDEX ix_assessing_body_county_id ON assessing_body (county_id);

CREATE INDEX ix_assessment_row_first_id ON assessment_row (first_id);

CREATE INDEX ix_assessment_row_second_id ON assessment_row (second_id);

CREATE INDEX ix_assessment_row_stage ON assessment_row (stage);

CREATE INDEX ix_assessment_row_township_id ON assessment_row (township_id);

CREATE INDEX ix_audit_check_begun ON audit_check (subject_id, begun_at);

CREATE UNIQUE INDEX ix_audit_check_open ON audit_check (subject_id) WHERE ended_at IS NULL;

CREATE INDEX ix_case_row_township_id ON case_row (township_id);

CREATE INDEX ix_case_row_village_id ON case_row (village_id);

CREATE INDEX ix_claim_row_decision ON claim_row (decision);

CREATE INDEX ix_claim_row_stage ON claim_row (stage);

CREATE INDEX ix_claim_row_township_id ON claim_row (township_id);

CREATE INDEX ix_command_action ON command (action, at);

CREATE INDEX ix_command_at ON command (at, id);

CREATE INDEX ix_command_staff ON command (staff_id, at);

CREATE INDEX ix_command_subject ON command (subject_id, at);

CREATE INDEX ix_digest_built ON digest (built_at, id);

CREATE INDEX ix_digest_built_at ON digest (built_at);

CREATE INDEX ix_digest_phone_index ON digest (phone_index);

CREATE INDEX ix_digest_recipient_id ON digest (recipient_id);

CREATE INDEX ix_digest_state ON digest (state, built_at, id, recipient_id);

CREATE INDEX ix_digest_to ON digest (recipient_id, built_at, id);

CREATE INDEX ix_elder_address_elder_id ON elder_address (elder_id);

CREATE INDEX ix_elder_by_village ON elder (village_id, id);

CREATE INDEX ix_elder_household_id ON elder (household_id);

CREATE INDEX ix_elder_lives ON elder (id, village_id, township_id, county_id);

CREATE INDEX ix_elder_phone_index ON elder (phone_index);

CREATE INDEX ix_elder_standing ON elder (standing, start_on);

CREATE INDEX ix_elder_tail_index ON elder (tail_index);

CREATE INDEX ix_elder_township_id ON elder (township_id);

CREATE INDEX ix_elder_updated_at ON elder (updated_at);

CREATE INDEX ix_elder_village_id ON elder (village_id);

CREATE INDEX ix_entitlement_row_township_id ON entitlement_row (township_id);

CREATE INDEX ix_escalation_open ON escalation_row (climbs_at, id) WHERE state != 'resolved';

CREATE INDEX ix_escalation_row_elder_id ON escalation_row (elder_id);

CREATE INDEX ix_escalation_row_owner_id ON escalation_row (owner_id);

CREATE INDEX ix_escalation_row_state ON escalation_row (state);

CREATE INDEX ix_escalation_row_township_id ON escalation_row (township_id);

CREATE INDEX ix_escalation_row_visit_id ON escalation_row (visit_id);

CREATE INDEX ix_follow_up_elder_id ON follow_up (elder_id);

CREATE INDEX ix_inbound_from ON inbound (phone_index, received_at, note_id);

CREATE INDEX ix_inbound_note ON inbound (note_id);

CREATE INDEX ix_inbound_note_id ON inbound (note_id);

CREATE INDEX ix_inbound_phone_index ON inbound (phone_index);

CREATE INDEX ix_inbound_read_at ON inbound (read_at);

CREATE INDEX ix_inbound_received ON inbound (received_at, note_id);

CREATE INDEX ix_inbound_received_at ON inbound (received_at);

CREATE INDEX ix_ledger_at ON ledger (at);

CREATE INDEX ix_letter_digest_id ON letter (digest_id);

CREATE INDEX ix_letter_due ON letter (state, send_not_before);

CREATE INDEX ix_letter_elder_id ON letter (elder_id);

CREATE INDEX ix_letter_recipient ON letter (recipient_id, state);

CREATE INDEX ix_letter_start_case ON letter (state, send_not_before) WHERE kind = 'start_case';

CREATE INDEX ix_letter_unbuilt ON letter (created_at, id) WHERE kind = 'text' AND state != 'gathered';

CREATE INDEX ix_letter_workflow_id ON letter (workflow_id);

CREATE INDEX ix_level_row_level ON level_row (level);

CREATE INDEX ix_oidc_way_ends_at ON oidc_way (ends_at);

CREATE INDEX ix_pairing_elder_id ON pairing (elder_id);

CREATE INDEX ix_pairing_volunteer_id ON pairing (volunteer_id);

CREATE INDEX ix_pay_line_elder_id ON pay_line (elder_id);

CREATE INDEX ix_pay_list_sha256 ON pay_list (sha256);

CREATE INDEX ix_phone_code_address ON phone_code (address_index, made_at);

CREATE INDEX ix_phone_code_phone ON phone_code (phone_index, made_at);

CREATE INDEX ix_policy_proposal_county ON policy_proposal (county);

CREATE INDEX ix_post_area_role ON post (area_id, role);

CREATE INDEX ix_register_change_subject_id ON register_change (subject_id);

CREATE INDEX ix_reservation_volunteer_id ON reservation (volunteer_id);

CREATE INDEX ix_sandbox_text_phone_index ON sandbox_text (phone_index);

CREATE INDEX ix_send_attempt_digest_id ON send_attempt (digest_id);

CREATE INDEX ix_send_attempt_provider_message_id ON send_attempt (provider_message_id);

CREATE INDEX ix_session_staff_id ON session (staff_id);

CREATE INDEX ix_sign_in_try_address ON sign_in_try (address_index, at);

CREATE INDEX ix_sign_in_try_login ON sign_in_try (login_index, at);

CREATE INDEX ix_staff_leave_staff_id ON staff_leave (staff_id);

CREATE INDEX ix_staff_phone_index ON staff (phone_index);

CREATE INDEX ix_stated_fact_elder_id ON stated_fact (elder_id);

CREATE INDEX ix_visit_code_ends_at ON visit_code (ends_at);

CREATE INDEX ix_visit_enclosure_elder_id ON visit_enclosure (elder_id);

CREATE INDEX ix_visit_enclosure_kept_at ON visit_enclosure (kept_at);

CREATE INDEX ix_visit_row_due_at ON visit_row (due_at);

CREATE INDEX ix_visit_row_elder_id ON visit_row (elder_id);

CREATE INDEX ix_visit_row_period_id ON visit_row (period_id);

CREATE INDEX ix_visit_row_state ON visit_row (state);

CREATE INDEX ix_visit_row_township_id ON visit_row (township_id);

CREATE INDEX ix_visit_row_volunteer_id ON visit_row (volunteer_id);

CREATE INDEX ix_volunteer_leave_volunteer_id ON volunteer_leave (volunteer_id);

CREATE INDEX ix_volunteer_phone_index ON volunteer (phone_index);

CREATE INDEX ix_volunteer_township_id ON volunteer (township_id);

CREATE INDEX ix_work_item_elder_id ON work_item (elder_id);

CREATE INDEX ix_work_item_open ON work_item (due_at, id) WHERE closed_at IS NULL;

CREATE INDEX ix_work_item_township_id ON work_item (township_id);

CREATE TRIGGER command_delete BEFORE DELETE ON command BEGIN SELECT RAISE(ABORT, 'command is append-only'); END;

CREATE TRIGGER command_update BEFORE UPDATE ON command BEGIN SELECT RAISE(ABORT, 'command is append-only'); END;

CREATE TRIGGER ledger_delete BEFORE DELETE ON ledger BEGIN SELECT RAISE(ABORT, 'ledger is append-only'); END;

CREATE TRIGGER ledger_update BEFORE UPDATE ON ledger BEGIN SELECT RAISE(ABORT, 'ledger is append-only'); END;

CREATE TRIGGER register_change_delete BEFORE DELETE ON register_change BEGIN SELECT RAISE(ABORT, 'register_change is append-only'); END;

CREATE TRIGGER register_change_update BEFORE UPDATE ON register_change BEGIN SELECT RAISE(ABORT, 'register_change is append-only'); END;

CREATE TRIGGER send_attempt_delete BEFORE DELETE ON send_attempt BEGIN SELECT RAISE(ABORT, 'send_attempt is append-only'); END;

CREATE TRIGGER send_attempt_update BEFORE UPDATE ON send_attempt BEGIN SELECT RAISE(ABORT, 'send_attempt is append-only'); END;

CREATE TRIGGER send_receipt_delete BEFORE DELETE ON send_receipt BEGIN SELECT RAISE(ABORT, 'send_receipt is append-only'); END;

CREATE TRIGGER send_receipt_update BEFORE UPDATE ON send_receipt BEGIN SELECT RAISE(ABORT, 'send_receipt is append-only'); END;

CREATE TRIGGER sign_in_try_delete BEFORE DELETE ON sign_in_try BEGIN SELECT RAISE(ABORT, 'sign_in_try is append-only'); END;

CREATE TRIGGER sign_in_try_update BEFORE UPDATE ON sign_in_try BEGIN SELECT RAISE(ABORT, 'sign_in_try is append-only'); END;

-- What was agreed on anew after the disbursement, and how the loan stood before, so that it can be undone.
create table loan_restructures (
  org_id     integer not null,
  id         integer not null,
  loan_id    integer not null,
  kind       text not null check (kind in ('reschedule', 're_age', 're_amortise')),
  day        date not null,
  reason     text not null,
  -- The plan and the instalments before it, in the form the loans module keeps them in.
  before     jsonb not null,
  entry_id   bigint,                     -- null: nothing in the books moved
  actor      text not null,
  created_at timestamptz not null,
  undone_at  timestamptz,
  primary key (org_id, id),
  foreign key (org_id, loan_id) references loans (org_id, id)
);
create index loan_restructures_by_loan on loan_restructures (org_id, loan_id, id);

-- Two records of one person made one: everything of the one that goes is moved to the one that is kept, and can be moved back.
alter table customers
  add column merged_into integer,         -- the record that this one went into: it is in no list any more
  add column merged_at   timestamptz,
  add constraint customers_merged_when check ((merged_into is null) = (merged_at is null)),
  add constraint customers_merged_into foreign key (org_id, merged_into) references customers (org_id, id);
create index customers_merged on customers (org_id, merged_into) where merged_into is not null;

create table customer_merges (
  org_id       integer not null,
  id           integer not null,
  kept_id      integer not null,
  gone_id      integer not null check (gone_id <> kept_id),
  moved        jsonb not null,            -- keys of the rows that were moved, by table
  before       jsonb not null,            -- both records as they were
  closed_login integer,                   -- the login of the record that went, where both had one
  entry_id     bigint,                    -- what moved the customer's own balances; null: there were none
  last_entry   bigint not null,           -- the last entry of the books by then: a later one of theirs and it cannot be undone
  merged_by    text not null,
  merged_at    timestamptz not null,
  undone_by    text,
  undone_at    timestamptz,
  primary key (org_id, id),
  foreign key (org_id, kept_id) references customers (org_id, id),
  foreign key (org_id, gone_id) references customers (org_id, id),
  check ((undone_by is null) = (undone_at is null))
);
create unique index customer_merges_standing on customer_merges (org_id, gone_id) where undone_at is null;
create index customer_merges_by_kept on customer_merges (org_id, kept_id, id);

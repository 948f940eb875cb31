create table customers (
  org_id        integer not null,
  id            integer not null,
  full_name     text not null,
  phone         text,                   -- E.164
  email         text,
  business_name text,
  location      text,
  user_id       integer,                 -- the customer's own login, when there is one
  created_by    integer,                 -- a user; of the installation, where an operator of all organisations did it
  profile       jsonb not null default '{}',
  -- Name, phone, business and location in lower case, a line each: what a search looks through (modules/customers/search-text.ts).
  search_text   text not null default '',
  -- Whether customer_documents has a row for the customer: kept here so that a million can be filtered by it.
  has_documents boolean not null default false,
  created_at    timestamptz not null,
  updated_at    timestamptz not null,
  primary key (org_id, id),
  foreign key (org_id, user_id) references users (org_id, id)
);
create unique index customers_by_phone on customers (org_id, phone);
create unique index customers_by_user on customers (org_id, user_id);
create index customers_by_creator on customers (org_id, created_by, id);
create index customers_by_business on customers (org_id, business_name, id);
create index customers_by_location on customers (org_id, location, id);
-- A search reads an organisation's part of this index from end to end and never the table: row-level security lets no
-- trigram index be used, since its operators are not leakproof.
create index customers_search on customers (org_id, id) include (search_text, has_documents);

-- What was stored, by whom; the bytes lie in the file store under stored_as, never under a name a stranger chose.
create table files (
  org_id       integer not null,
  id           integer not null,
  stored_as    text not null,
  original_name text not null,
  media_type   text not null,
  size         bigint not null check (size >= 0),
  sha256       bytea not null,
  uploaded_by  integer,
  created_at   timestamptz not null,
  discarded_at timestamptz,              -- nothing refers to it any more: bytes and row are to go
  primary key (org_id, id)
);
create index files_discarded on files (org_id, id) where discarded_at is not null;

create table customer_documents (
  org_id      integer not null,
  customer_id integer not null,
  doc_type    text not null,
  file_id     integer,                   -- null: a path that staff noted, without a file of ours
  path        text not null,            -- as the contract shows it
  created_at  timestamptz not null,
  primary key (org_id, customer_id, doc_type),
  foreign key (org_id, customer_id) references customers (org_id, id) on delete cascade,
  foreign key (org_id, file_id) references files (org_id, id)
);
create index customer_documents_by_file on customer_documents (org_id, file_id) where file_id is not null;

-- How each active loan stands at the last close of business, and what the portfolio looked like on each day.

create table loan_standings (
  org_id           integer not null,
  loan_id          integer not null,
  days_past_due    integer not null,
  bucket           smallint not null,      -- place in the organisation's list of buckets; 0: nothing overdue
  principal        bigint not null,        -- outstanding
  interest         bigint not null,
  charges          bigint not null,        -- fees and penalties outstanding
  overdue          bigint not null,        -- of all of them, what should have been paid
  provision        bigint not null,
  since            date not null,          -- the day it came to stand so
  primary key (org_id, loan_id)
) with (fillfactor = 80);
create index loan_standings_overdue on loan_standings (org_id, days_past_due desc, loan_id) where days_past_due > 0;

create table portfolio_days (
  org_id        integer not null,
  day           date not null,
  bucket        smallint not null,
  name          text not null,
  from_days     integer not null,
  loans         integer not null,
  principal     bigint not null,
  overdue       bigint not null,
  provision     bigint not null,
  primary key (org_id, day, bucket)
);

-- How far the closing of a day has come: a kill in the middle only means going on after this loan.
create table business_days (
  org_id      integer not null,
  day         date not null,
  after_loan  integer not null default 0,
  loans       integer not null default 0,
  finished_at timestamptz,
  primary key (org_id, day)
);

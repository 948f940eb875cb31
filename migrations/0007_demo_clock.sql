-- Demo only: how far the clock was moved ahead of the real time, so that all processes move together. One row, the platform's.
create table demo_clock (
  org_id   integer primary key,
  ahead_ms bigint not null,
  moved_at timestamptz not null
);

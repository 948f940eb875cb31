create table notifications (
  org_id     integer not null,
  id         integer not null,
  user_id    integer not null,
  type       text not null,
  title      text not null,
  message    text not null,
  event_id   bigint,                    -- the event that caused it; null: made by hand
  read_at    timestamptz,
  created_at timestamptz not null,
  primary key (org_id, id)
);
create unique index notifications_by_event on notifications (org_id, event_id, user_id, type) where event_id is not null;
create index notifications_by_user on notifications (org_id, user_id, id);

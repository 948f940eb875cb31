-- Why a phone is locked decides what lifts the lock: every lock so far followed the arrears.

alter table devices
  add column lock_cause    text check (lock_cause in ('arrears', 'staff', 'security')),
  add column lock_asked_at timestamptz;  -- a payment from before it lifts no lock that staff asked for
update devices set lock_cause = 'arrears' where lock_status <> 'unlocked';
alter table devices add constraint devices_locked_for_a_cause check ((lock_cause is null) = (lock_status = 'unlocked'));

-- Null in what was written before, and where a lock was lifted.
alter table device_lock_changes add column cause text check (cause in ('arrears', 'staff', 'security'));

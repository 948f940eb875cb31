-- An organisation closes its books up to a day: nothing is booked on that day or before it any more.

alter table ledger_heads add column closed_until date;

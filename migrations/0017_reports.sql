-- Reports read a period of what happened, and staff asks whether a receipt was sent before.
create index payments_by_receipt_day on payments (org_id, received_at);
create index payments_by_decision on payments (org_id, decided_at) where decided_at is not null;
create index loan_transactions_repaid on loan_transactions (org_id, value_day) where kind = 'repayment';
create index files_by_content on files (org_id, sha256);
create index payment_claims_by_receipt on payment_claims (org_id, receipt_file_id) where receipt_file_id is not null;

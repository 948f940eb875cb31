-- What a run of a job came to, figure by figure. The column was never written before.
alter table job_runs rename column progress to result;

-- Every close of business compares customers' credit with the books; few transactions leave any.
create index loan_transactions_of_credit on loan_transactions (org_id, loan_id) where overpayment > 0 or kind = 'credit_refund';

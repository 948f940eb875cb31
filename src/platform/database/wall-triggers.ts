/** The second wall around the books, for whoever is not held by grants: the owner, and servers with one role only. */
import { ERASED } from '#domain/erasure.ts'
import { NEVER_REMOVED } from '#platform/database/table-rights.ts'

/** Written once: neither the application nor (by triggers) the owner changes or removes a row. */
export const APPEND_ONLY: readonly string[] = [
  'events',
  'journal_entries',
  'journal_lines',
  'ledger_blocks',
  'loan_transactions',
  'customer_assignments',
  'savings_transactions',
  'receipts',
  'device_lock_changes',
]

/** Columns that are written once and may be erased afterwards: emptied, or set to the mark of what was erased. */
export const ERASABLE: Readonly<Record<string, { readonly columns: readonly string[]; readonly rest?: 'fixed' }>> = {
  approvals: { columns: ['asked'] },
  customer_merges: { columns: ['before', 'moved'] },
  down_payments: { columns: ['receipt_file_id'] },
  // Nothing else of these is ever changed.
  interaction_revisions: { columns: ['comment'], rest: 'fixed' },
  payment_claims: { columns: ['receipt_file_id'], rest: 'fixed' },
}

interface WallFunction {
  readonly name: string
  readonly body: string
  create(schema: string): string
}

interface WallTrigger {
  readonly name: string
  readonly on: string
  readonly create: string
}

const APPEND_ONLY_BODY = `
begin
  raise exception '% is append-only: % refused', tg_table_name, lower(tg_op) using errcode = 'restrict_violation';
end`

/** Entries come in one statement with their lines: none stands without them. */
const WHOLE_BODY = `
declare
  wrong record;
begin
  select e.id, e.line_count into wrong from added e
   where e.line_count <> (select count(*) from journal_lines l where l.org_id = e.org_id and l.entry_id = e.id) limit 1;
  if found then
    raise exception 'journal entry % has not the % lines it says', wrong.id, wrong.line_count using errcode = 'check_violation';
  end if;
  return null;
end`

/**
 * The lines of an entry come in one statement, with the entry: they sum to zero, and their numbers run from 1 to
 * the entry's line count. So no statement can leave half an entry, or add a line to an old one.
 */
const BALANCED_BODY = `
declare
  wrong record;
begin
  select l.entry_id, l.total, l.lines into wrong
    from (select org_id, entry_id, sum(amount) as total, count(*) as lines, max(seq) as top
            from added group by org_id, entry_id) l
   where l.total <> 0 or l.lines <> l.top
      or l.lines is distinct from (
           select e.line_count from journal_entries e where e.org_id = l.org_id and e.id = l.entry_id)
   limit 1;
  if found then
    raise exception 'journal entry % is not balanced: % lines sum to %', wrong.entry_id, wrong.lines, wrong.total
      using errcode = 'check_violation';
  end if;
  return null;
end`

/** Its arguments: whether the rest of the row is fixed, then the columns. */
const ONLY_ERASED_BODY = `
declare
  was jsonb := to_jsonb(old);
  becomes jsonb := to_jsonb(new);
  erasable text[] := tg_argv[1:];
  name text;
begin
  if tg_argv[0] = 'fixed' and becomes - erasable is distinct from was - erasable then
    raise exception '% is append-only: update refused', tg_table_name using errcode = 'restrict_violation';
  end if;
  foreach name in array erasable loop
    if becomes -> name is distinct from was -> name and coalesce(becomes ->> name, '${ERASED}') <> '${ERASED}' then
      raise exception '%.% can only be erased', tg_table_name, name using errcode = 'restrict_violation';
    end if;
  end loop;
  return new;
end`

/** The settings hold inside the function only: nobody's temporary table stands in for ours, and the lookup is by key. */
const define = (name: string, body: string): WallFunction => ({
  name,
  body,
  create: (schema) => `create or replace function ${name}() returns trigger language plpgsql
    set search_path = "${schema}", pg_temp set enable_seqscan = off as $wall$${body}$wall$`,
})

export const WALL_FUNCTIONS: readonly WallFunction[] = [
  define('mkopo_append_only', APPEND_ONLY_BODY),
  define('mkopo_only_erased', ONLY_ERASED_BODY),
  define('mkopo_balanced', BALANCED_BODY),
  define('mkopo_whole', WHOLE_BODY),
]

const appendOnly = (on: string): WallTrigger => ({
  name: 'append_only',
  on,
  create: `create or replace trigger append_only before update or delete or truncate on ${on}
    for each statement execute function mkopo_append_only()`,
})

const neverRemoved = (on: string): WallTrigger => ({
  name: 'never_removed',
  on,
  create: `create or replace trigger never_removed before delete or truncate on ${on}
    for each statement execute function mkopo_append_only()`,
})

const onlyErased = ([on, { columns, rest }]: [string, (typeof ERASABLE)[string]]): WallTrigger => ({
  name: 'only_erased',
  on,
  create: `create or replace trigger only_erased before update ${rest ? '' : `of ${columns.join(', ')}`} on ${on}
    for each row execute function mkopo_only_erased('${rest ?? 'free'}', ${columns.map((column) => `'${column}'`).join(', ')})`,
})

export const WALL_TRIGGERS: readonly WallTrigger[] = [
  ...APPEND_ONLY.map(appendOnly),
  ...NEVER_REMOVED.map(neverRemoved),
  ...Object.entries(ERASABLE).map(onlyErased),
  {
    name: 'balanced',
    on: 'journal_lines',
    create: `create or replace trigger balanced after insert on journal_lines referencing new table as added
      for each statement execute function mkopo_balanced()`,
  },
  {
    name: 'whole',
    on: 'journal_entries',
    create: `create or replace trigger whole after insert on journal_entries referencing new table as added
      for each statement execute function mkopo_whole()`,
  },
]

import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { Ajv } from 'ajv';
import { SupportPolicyVersion, type SupportPolicyVersionRow } from '../persistence/support-policy-version.js';
import { runExamples } from '../policy/policy-examples.js';
import type { PinnedPolicy, SupportPolicyDocument } from '../policy/support-policy.js';
import { supportPolicyFaults } from '../policy/support-policy-faults.js';
import { canonicalJson } from './canonical-json.js';
import type { EntityManager } from './entity-manager.js';
import { Refusal, type UserError, userError } from './outcome.js';

const MAX_FAULTS = 20;

// The contract lies at the project's root, beside src and beside the compiled dist.
const schemaFile = ['../../schema/support-policy.schema.json', '../../../schema/support-policy.schema.json']
  .map((path) => new URL(path, import.meta.url))
  .find((url) => {
    try {
      readFileSync(url);
      return true;
    } catch {
      return false;
    }
  });
let validateShape: ReturnType<Ajv['compile']> | undefined;

/**
 * Publishes a support policy document: its shape is checked against the JSON Schema, its parameters against each other,
 * and its own worked examples are run; one that fails stops it. The version stored never changes.
 * Publishing the newest version's very content again changes nothing and answers with that version, and is refused for another day than its own, as
 * that day would be forgotten; going back to older conditions is a new version. `effectiveFrom` null: no day in particular, which for a new version
 * is today on the calendar of the document's own zone.
 */
export async function publishSupportPolicy(
  em: EntityManager,
  content: unknown,
  effectiveFrom: Temporal.PlainDate | null,
  now: Temporal.Instant,
): Promise<SupportPolicyVersionRow> {
  const document = parseDocument(content);
  const contentHash = createHash('sha256').update(canonicalJson(document)).digest('hex');
  // Publications of one name wait for each other, so that versions are numbered without a gap or a double.
  await em
    .getConnection()
    .execute('select pg_advisory_xact_lock(hashtextextended(?, 0))', [`policy:${document.name}`], 'all', em.getTransactionContext());
  const versions = await em.find(SupportPolicyVersion, { name: document.name }, { orderBy: { version: 'desc' } });
  const newest = versions[0];
  if (newest?.contentHash === contentHash) {
    if (effectiveFrom === null || effectiveFrom.equals(newest.effectiveFrom)) return newest;
    throw new Refusal([
      userError(
        'CONFLICT',
        `Version ${newest.version} has this very content and is in force from ${newest.effectiveFrom}: it is not published again from ${effectiveFrom}.`,
        'effectiveFrom',
      ),
    ]);
  }
  const from = effectiveFrom ?? now.toZonedDateTimeISO(document.zone).toPlainDate();
  if (newest !== undefined && Temporal.PlainDate.compare(from, newest.effectiveFrom) < 0) {
    throw new Refusal([
      userError(
        'CONFLICT',
        `Version ${newest.version} is in force from ${newest.effectiveFrom}: a later version cannot begin before it.`,
        'effectiveFrom',
      ),
    ]);
  }
  const row = em.create(SupportPolicyVersion, {
    name: document.name,
    version: (newest?.version ?? 0) + 1,
    effectiveFrom: from,
    contentHash,
    document,
    publishedAt: now,
  });
  em.persist(row);
  return row;
}

function parseDocument(content: unknown): SupportPolicyDocument {
  if (schemaFile === undefined) throw new Error('schema/support-policy.schema.json is missing from the installation.');
  validateShape ??= new Ajv({ allErrors: true, strict: false }).compile(JSON.parse(readFileSync(schemaFile, 'utf8')));
  if (!validateShape(content)) {
    const errors = validateShape.errors ?? [];
    throw new Refusal(
      errors
        .slice(0, MAX_FAULTS)
        .map((error) =>
          fault(error.instancePath.split('/').slice(1), `${error.instancePath || 'The document'} ${error.message ?? 'is not valid'}.`),
        ),
    );
  }
  const document = content as SupportPolicyDocument;
  const faults = supportPolicyFaults(document);
  if (faults.length > 0)
    throw new Refusal(faults.slice(0, MAX_FAULTS).map(({ path, message }) => fault(path.split('/').slice(1), message)));
  const failures = runExamples(document).filter((example) => !example.passed);
  if (failures.length > 0) {
    throw new Refusal(
      failures
        .slice(0, MAX_FAULTS)
        .map((example) =>
          fault(['examples'], `The example "${example.name}" expects ${example.expected}, but this document gives ${example.actual}.`),
        ),
    );
  }
  return document;
}

const fault = (path: readonly string[], message: string): UserError => userError('INVALID', message, 'document', ...path);

/** The version in force on a calendar day of its own zone: the newest that began on that day or before it. */
export async function policyInForce(em: EntityManager, name: string, at: Temporal.Instant): Promise<SupportPolicyVersionRow | null> {
  return inForce(await em.find(SupportPolicyVersion, { name }, { orderBy: { version: 'desc' } }), at);
}

/** The same among all versions of one name, the newest first. */
export function inForce(versions: readonly SupportPolicyVersionRow[], at: Temporal.Instant): SupportPolicyVersionRow | null {
  const isBegun = ({ effectiveFrom, document }: SupportPolicyVersionRow) =>
    Temporal.PlainDate.compare(effectiveFrom, at.toZonedDateTimeISO(document.zone).toPlainDate()) <= 0;
  return versions.find(isBegun) ?? null;
}

/** What the policy core takes: the document with its name, version and hash. */
export function pinnedPolicy(row: SupportPolicyVersionRow): PinnedPolicy {
  return { name: row.name, version: row.version, contentHash: row.contentHash, document: row.document };
}

import { z } from 'zod';
import { excessOf } from './json-excess.js';
import type { UserError } from './outcome.js';
import { Refusal, userError } from './outcome.js';

/** The largest report, in bytes after inflation. */
export const MAX_REPORT_BYTES = 5_000_000;
/** A file of an add-on lies at the fifth level; the most that fits into a report of that length, with names as short as they can be, is well below. */
const BOUNDS = { depth: 8, values: 250_000 };
/** What is told of a document at once. */
const MAX_MISTAKES = 5;
/** Characters that are told of each: an unknown name is as long as its sender likes. */
const MAX_MESSAGE = 200;

const line = (max: number) =>
  z
    .string()
    .min(1)
    .max(max)
    .regex(/^[^\p{C}]*$/u);
const version = line(100).describe('A version as the platform writes it.');
const path = z
  .string()
  .max(400)
  .regex(/^(?!\.{1,2}(?:\/|$))[^\p{C}\\/]+(?:\/(?!\.{1,2}(?:\/|$))[^\p{C}\\/]+)*$/u)
  .describe('Relative, its parts parted by "/", none of them "." or "..".');
const sha256 = z.string().regex(/^[0-9a-f]{64}$/);

const file = z.strictObject({
  path: path.describe('Below the folder of the add-on.'),
  size: z.int().min(0).max(2_147_483_647).describe('In bytes.'),
  sha256: sha256.describe('SHA-256 of the bytes as they lie there, in lower-case hexadecimal.'),
});

const touch = z.strictObject({
  kind: z
    .enum(['OVERRIDE', 'PLUGIN', 'PREFERENCE', 'TEMPLATE', 'COMPOSER_PATCH'])
    .describe('PrestaShop: OVERRIDE. Magento: PLUGIN and PREFERENCE of di.xml, TEMPLATE of a theme. Either: COMPOSER_PATCH.'),
  target: line(300).describe('The class, method, template or package that is touched.'),
  by: line(300).describe('Which module, theme or file does it.'),
  sha256: sha256.nullable().describe('Of the file that does it; null where it is not told.'),
});

const addon = z.strictObject({
  code: line(200).describe('SKU, Composer package or module name; each add-on once.'),
  version: version.nullable().describe('By its files: composer.json, registration, config.xml.'),
  installedVersion: version.nullable().describe('By the database of the store: setup_module, ps_module.'),
  path: path.describe('Where it lies, below the root of the store.'),
  enabled: z.boolean(),
  files: z.array(file).max(20_000).describe('Every file of the add-on, each path once.'),
  touches: z.array(touch).max(500).describe('What changes the add-on without changing its files.'),
});

const moduleListed = z.strictObject({ code: line(200), version: version.nullable(), enabled: z.boolean() });

/** What a plugin reports. Bounds on everything: what comes out of a store is the word of a stranger, even where it is signed. */
export const STORE_REPORT = z
  .strictObject({
    format: z.literal('tenure-store-report/1'),
    nonce: z
      .string()
      .regex(/^[A-Za-z0-9_-]{16,64}$/)
      .describe('Chosen at random for this report. The same report may be sent again under it, and no other.'),
    storeId: line(100).describe('The store’s id, as storePair answered it: what runs in a copy of the store is none of its own.'),
    baseUrl: line(500).describe('The base address of the store, as its own settings have it.'),
    reportedAt: z.iso
      .datetime({ offset: true })
      .regex(/:\d{2}(?:\.\d{1,9})?(?:Z|[+-])/)
      .describe('By the clock of the store, which is at most 10 minutes off ours.'),
    tool: z.strictObject({ name: line(100), version: line(50) }).describe('The plugin that reports.'),
    platform: z.enum(['MAGENTO', 'PRESTASHOP']),
    distribution: z.enum(['MAGENTO_OPEN_SOURCE', 'ADOBE_COMMERCE', 'MAGE_OS', 'PRESTASHOP']).nullable(),
    platformVersion: version.describe('The exact one: 2.4.7-p3, 8.1.7.'),
    upstreamVersion: version.nullable().describe('For Mage-OS: the Magento version that it builds on.'),
    phpVersion: version.nullable(),
    modules: z.array(moduleListed).max(2_000).describe('Every installed module.'),
    addons: z.array(addon).max(100).describe('Add-ons of the vendor, with their code.'),
  })
  .superRefine(({ addons }, context) => {
    const repeated = (at: readonly (string | number)[], message: string) => context.addIssue({ code: 'custom', path: [...at], message });
    for (const index of repeats(addons.map(({ code }) => code))) repeated(['addons', index, 'code'], 'Each add-on stands here once.');
    for (const [index, { files }] of addons.entries())
      for (const place of repeats(files.map((each) => each.path)))
        repeated(['addons', index, 'files', place, 'path'], 'Each file stands here once.');
  });
export type StoreReportDocument = z.infer<typeof STORE_REPORT>;

function repeats(texts: readonly string[]): number[] {
  const seen = new Set<string>();
  return texts.flatMap((text, index) => {
    if (seen.has(text)) return [index];
    seen.add(text);
    return [];
  });
}

/** The JSON Schema of a report, as it is published in `schema/store-report.schema.json`. That a path or a code stands there once, it does not say. */
export function storeReportSchema(): object {
  const title = 'What a plugin inside a store reports';
  return { ...z.toJSONSchema(STORE_REPORT, { target: 'draft-2020-12' }), title };
}

/** Reads the bytes of a report. A Refusal INVALID that names the places, at most five, where they are no such document; nothing of excessive ones is built. */
export function readStoreReport(bytes: Uint8Array): StoreReportDocument {
  const read = STORE_REPORT.safeParse(parsed(bytes));
  if (read.success) return read.data;
  throw new Refusal(read.error.issues.slice(0, MAX_MISTAKES).map(mistake));
}

const mistake = ({ path: at, message }: { readonly path: readonly PropertyKey[]; readonly message: string }): UserError =>
  userError(
    'INVALID',
    `${message.replace(/\.$/, '').slice(0, MAX_MESSAGE)}. See schema/store-report.schema.json.`,
    'document',
    ...at.map(String),
  );

function parsed(bytes: Uint8Array): unknown {
  const excess = excessOf(bytes, BOUNDS);
  if (excess !== null) throw new Refusal([userError('INVALID', `The document ${excess}.`, 'document')]);
  try {
    return JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(bytes));
  } catch {
    throw new Refusal([userError('INVALID', 'The document is no JSON in UTF-8.', 'document')]);
  }
}

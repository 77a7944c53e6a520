export const USER_ERROR_CODES = [
  'NOT_FOUND',
  'INVALID',
  'REQUIRED',
  'TAKEN',
  'CONFLICT',
  'NOT_AVAILABLE',
  'IDEMPOTENCY_KEY_REUSED',
  'UNREADABLE_STORE',
] as const;
export type UserErrorCode = (typeof USER_ERROR_CODES)[number];

/** Something in the input that the caller can correct. */
export interface UserError {
  readonly code: UserErrorCode;
  /** What is wrong, and how to mend it. */
  readonly message: string;
  /** Where it stands, from the argument down: ["input", "sku"]. */
  readonly path: readonly string[];
}

/** What a command came to: its value, or what the caller must correct. Nothing was written in the second case. */
export type Outcome<T> =
  | { readonly value: T; readonly userErrors: readonly [] }
  | { readonly value: null; readonly userErrors: readonly UserError[] };

export const done = <T>(value: T): Outcome<T> => ({ value, userErrors: [] });

export const refused = (...userErrors: readonly UserError[]): Outcome<never> => ({ value: null, userErrors });

export const userError = (code: UserErrorCode, message: string, ...path: readonly string[]): UserError => ({
  code,
  message,
  path: ['input', ...path],
});

/** Carries user errors out of a transaction, so that what it had written is rolled back. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  constructor(readonly userErrors: readonly UserError[]) {
    super(userErrors.map((error) => error.message).join(' '));
  }
}

/** Runs a command whose parts may throw a `Refusal`. */
export async function outcomeOf<T>(command: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return done(await command());
  } catch (error) {
    if (error instanceof Refusal) return refused(...error.userErrors);
    throw error;
  }
}

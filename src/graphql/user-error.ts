import { Field, ObjectType } from 'type-graphql';
import { type UserError as CoreError, type Outcome, outcomeOf, Refusal, type UserErrorCode, userError } from '../use-cases/outcome.js';
import { UserErrorCodeEnum } from './enums.js';

@ObjectType({ description: 'Something in the input that the caller can correct. Nothing was written.' })
export class UserError implements CoreError {
  @Field(() => UserErrorCodeEnum, { description: 'What kind of mistake, for programs.' })
  code!: UserErrorCode;

  @Field(() => String, { description: 'What is wrong and how to mend it, for people.' })
  message!: string;

  @Field(() => [String], { description: 'Where it stands, from the argument down.' })
  path!: readonly string[];
}

export const USER_ERRORS = { description: 'What the caller must correct; empty when it was done.' } as const;

/** Runs a mutation's command: what it returns goes into the payload, what it refuses into `userErrors`. */
export async function payload<T extends object>(command: () => Promise<T>): Promise<Partial<T> & { userErrors: readonly CoreError[] }> {
  const outcome: Outcome<T> = await outcomeOf(command);
  return { ...(outcome.value ?? ({} as Partial<T>)), userErrors: outcome.userErrors };
}

const MAX_TEXT = 200;

/** A text that says something, without blanks around it, of at most `max` characters; `at` is where it stands within the input. */
export function required(text: string, at: string | readonly string[], max = MAX_TEXT): string {
  const path = [at].flat();
  const trimmed = text.trim();
  if (trimmed === '') throw new Refusal([userError('REQUIRED', `${path.at(-1)} must not be empty.`, ...path)]);
  if (trimmed.length > max) throw new Refusal([userError('INVALID', `${path.at(-1)} has at most ${max} characters.`, ...path)]);
  return trimmed;
}

/** The same for a text that may be left out. */
export const optional = (text: string | null | undefined, at: string | readonly string[], max = MAX_TEXT): string | null =>
  text == null || text.trim() === '' ? null : required(text, at, max);

export const IDEMPOTENCY_KEY = {
  description:
    'Chosen by the caller, 1 to 200 characters. The same key with the same input answers the same and does nothing again; with another input it is refused. Kept for ever.',
} as const;

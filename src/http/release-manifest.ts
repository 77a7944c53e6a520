import type { FastifyInstance, FastifyRequest } from 'fastify';
import { z } from 'zod';
import { ACCESS_TOKEN_KINDS } from '../use-cases/access-token-format.js';
import type { Actor } from '../use-cases/actor.js';
import type { Outcome } from '../use-cases/outcome.js';
import type { ReleaseManifestInput } from '../use-cases/release-manifest.js';
import { type Authenticate, expectForm, identify } from './authentication.js';
import { type Failure, sendFailure, sendUserErrors } from './failure.js';

/** What is told of a manifest once it is recorded. */
export interface RecordedManifest {
  readonly digest: string;
  readonly fileCount: number;
  readonly recordedAt: string;
}

export interface ManifestDoor<TActor extends Actor> {
  readonly authenticate: Authenticate<TActor>;
  /** The largest body, in bytes. */
  readonly maxBytes: number;
  readonly addManifest: (actor: TActor, input: ReleaseManifestInput) => Promise<Outcome<RecordedManifest>>;
}

const NO_CREDENTIAL: Failure = {
  status: 401,
  code: 'UNAUTHENTICATED',
  message: 'This needs a credential: send "Authorization: Bearer <token>".',
};
const NO_SCOPE: Failure = { status: 403, code: 'FORBIDDEN', message: 'This needs the scope ADDONS_WRITE.' };
const NO_INPUT: Failure = {
  status: 400,
  code: 'BAD_USER_INPUT',
  message: 'The body is a JSON object with `addonSku`, `version`, `label`, `manifest`, and `kind`: BUILD or HOTFIX.',
};

const text = z.string().trim().min(1).max(200);
const BODY = z.strictObject({ addonSku: text, version: text, label: text, kind: z.enum(['BUILD', 'HOTFIX']), manifest: z.unknown() });

/**
 * adds `POST /v1/release-manifest`: the same as the mutation `releaseManifestAdd`, for manifests that are too long for GraphQL, such as a build
 * sends from where the add-on is built. 200 with what is recorded, also where it was before; 400 for a body that cannot be read, 401 without a credential, 403
 * without the scope ADDONS_WRITE, 404, 409 or 422 with what must be corrected, 413 for more than `maxBytes`.
 */
export function addManifestDoor<TActor extends Actor>(server: FastifyInstance, door: ManifestDoor<TActor>): void {
  const actors = new WeakMap<FastifyRequest, TActor>();
  server.route({
    method: 'POST',
    url: '/v1/release-manifest',
    bodyLimit: door.maxBytes,
    onRequest: expectForm({ kinds: ACCESS_TOKEN_KINDS, sessions: true, absent: NO_CREDENTIAL, foreign: NO_SCOPE }),
    preHandler: identify(door.authenticate, (request, actor) => actors.set(request, actor)),
    handler: async (request, reply) => {
      const actor = actors.get(request);
      if (actor === undefined) throw new Error('a request reached the manifests without its actor');
      if (!actor.scopes.includes('ADDONS_WRITE')) return sendFailure(reply, NO_SCOPE);
      const { success, data } = BODY.safeParse(request.body);
      if (!success) return sendFailure(reply, NO_INPUT);
      const { value, userErrors } = await door.addManifest(actor, data);
      return value === null ? sendUserErrors(reply, userErrors) : reply.send(value);
    },
  });
}

import type { Session } from '../persistence/session.js';

/** The entity manager of a session: what a use case reads and writes rows with. */
export type EntityManager = Session['em'];

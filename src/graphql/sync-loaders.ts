import DataLoader from 'dataloader';
import type { Session } from '../persistence/session.js';
import { SyncState, type SyncStateRow } from '../persistence/sync-state.js';

/** How synchronising stands, for what a page names. */
export interface SyncLoaders {
  /** How it stands with reading what a store runs; null where nobody ever tried. */
  readonly readingState: DataLoader<string, SyncStateRow | null>;
}

export function makeSyncLoaders(session: () => Session): SyncLoaders {
  return {
    readingState: new DataLoader(async (storeIds) => {
      const states = await session().em.find(SyncState, { store: { $in: [...storeIds] }, task: 'VERSION' });
      const byStore = new Map(states.map((state) => [state.store.id, state]));
      return storeIds.map((storeId) => byStore.get(storeId) ?? null);
    }),
  };
}

import { type NodeName, toGlobalId } from '../../src/use-cases/global-id.js';
import { command, type Door, forBuyers, forStaff, node, type Things } from './access-doors.js';
import type { Asker } from './gateway-under-test.js';

const adaHerself = ({ ada }: Things): string => ada.id;
/** Not the store whose token the matrix asks with: what is done to it would end that token. */
const adasOtherStore = ({ ada }: Things): string => ada.stores[1] ?? '';
const adasGroup = ({ group }: Things): string => group;
/** A store of the asker's own, so that only what is named beside it is foreign. */
const own = (asker: Asker, { ada, ben }: Things): string => toGlobalId('Store', (asker === 'ben' ? ben.stores[0] : ada.stores[1]) ?? '');

const storeMove = (argument: 'storeId' | 'storeGroupId', type: NodeName, uuid: Door['uuid']): Door =>
  command('storeMove', {
    at: `Mutation.storeMove(input.${argument})`,
    type,
    uuid,
    variables: (things, asker) => ({ input: argument === 'storeId' ? {} : { storeId: own(asker, things) } }),
    outcomes: forBuyers('NOT_FOUND', 'FORBIDDEN'),
  });
const onStore = (name: string): Door =>
  command(name, {
    at: `Mutation.${name}(input.storeId)`,
    type: 'Store',
    uuid: adasOtherStore,
    outcomes: forBuyers('NOT_FOUND', 'FORBIDDEN'),
  });
/** A shop of the vendor's, which partners with every scope see, and staff alone change, try and read. */
const onShop = (name: string, variables?: Door['variables']): Door =>
  command(name, {
    at: `Mutation.${name}(input.storeId)`,
    type: 'Store',
    uuid: ({ shop }) => shop,
    ...(variables && { variables }),
    outcomes: { ...forStaff('FORBIDDEN'), ada: 'NOT_FOUND', ben: 'NOT_FOUND', partner: 'NOT_FOUND' },
  });
const asShop = { role: 'VENDOR_SHOP', code: 'eu' };

/** Of groups of stores, of plugins that are paired, and of agencies. */
export const STORE_DOORS: readonly Door[] = [
  node('StoreGroup', adasGroup, forBuyers('nothing', 'nothing')),
  // Ben is the agency: it is told of by its viewer, and taken back by Ada.
  node('Delegation', ({ delegation }) => delegation, { ...forBuyers('nothing', 'nothing'), partner: 'nothing' }),
  {
    at: 'Query.purchases(filter.storeGroupId)',
    type: 'StoreGroup',
    uuid: adasGroup,
    query:
      'query ($id: ID!) { it: purchases(filter: { storeGroupId: $id }) { edges { cursor node { id } } pageInfo { hasNextPage endCursor } } }',
    outcomes: forBuyers('nothing', 'FORBIDDEN'),
  },
  command('storeGroupCreate', {
    at: 'Mutation.storeGroupCreate(input.customerId)',
    type: 'Customer',
    uuid: adaHerself,
    variables: () => ({ input: { name: 'Another shop' } }),
    outcomes: forBuyers('NOT_FOUND', 'FORBIDDEN'),
  }),
  command('storeGroupRename', {
    at: 'Mutation.storeGroupRename(input.storeGroupId)',
    type: 'StoreGroup',
    uuid: adasGroup,
    variables: (_, asker) => ({ input: { name: `Named by ${asker}` } }),
    outcomes: forBuyers('NOT_FOUND', 'FORBIDDEN'),
  }),
  command('storeConnect', {
    at: 'Mutation.storeConnect(input.storeGroupId)',
    type: 'StoreGroup',
    uuid: adasGroup,
    variables: ({ ada, ben }, asker) => {
      const customerId = toGlobalId('Customer', asker === 'ben' ? ben.id : ada.id);
      return { input: { platform: 'MAGENTO', url: `https://staging.${asker}.example`, role: 'CUSTOMER_STAGING', customerId } };
    },
    outcomes: forBuyers('NOT_FOUND', 'FORBIDDEN'),
  }),
  storeMove('storeId', 'Store', adasOtherStore),
  storeMove('storeGroupId', 'StoreGroup', ({ otherGroup }) => otherGroup),
  onStore('storePairingCodeCreate'),
  onStore('storeUnpair'),
  // With the shop's own role, and with that of a customer's store, which it would become.
  onShop('storeConnect', (_, asker) => ({
    input: { platform: 'MAGENTO', url: 'https://eu.vendor.example', ...(asker === 'staff' ? asShop : { role: 'CUSTOMER_PRODUCTION' }) },
  })),
  onShop('storeProbe'),
  onShop('storeRead'),
  onShop('storeDeclare', () => ({ input: { platformVersion: '2.4.7-p3' } })),
  onShop('storeCredentialsRevoke'),
  command('delegationGrant', {
    at: 'Mutation.delegationGrant(input.agencyId)',
    type: 'Customer',
    // Whoever knows an agency's id may let it act: Ben lets Ada, and Ada is told that she needs no leave of her own.
    uuid: adaHerself,
    variables: () => ({ input: { agencyName: 'An agency' } }),
    outcomes: { ...forBuyers('reached', 'FORBIDDEN'), staff: 'FORBIDDEN', partner: 'FORBIDDEN' },
  }),
  command('delegationRevoke', {
    at: 'Mutation.delegationRevoke(input.delegationId)',
    type: 'Delegation',
    uuid: ({ delegation }) => delegation,
    outcomes: { ...forBuyers('NOT_FOUND', 'FORBIDDEN'), partner: 'FORBIDDEN' },
  }),
];

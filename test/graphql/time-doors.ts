import { type NodeName, toGlobalId } from '../../src/use-cases/global-id.js';
import { command, type Door, forBuyers, forStaff, node, type Things } from './access-doors.js';

const adaHerself = ({ ada }: Things): string => ada.id;
const adaProject = ({ project }: Things): string => project;
const adaLot = ({ lot }: Things): string => lot;

const timeLotAssign = (field: 'lotId' | 'projectId', type: NodeName, uuid: Door['uuid']): Door =>
  command('timeLotAssign', {
    at: `Mutation.timeLotAssign(input.${field})`,
    type,
    uuid,
    variables: ({ lot, project }, asker) => {
      const input = { lotId: toGlobalId('TimeLot', lot), projectId: toGlobalId('Project', project), minutes: 1 };
      return { input: { ...input, idempotencyKey: `${field} ${asker}` } };
    },
    outcomes: forBuyers('NOT_FOUND', 'FORBIDDEN'),
  });

const timeGrant = (field: 'customerId' | 'projectId', type: NodeName, uuid: Door['uuid']): Door =>
  command('timeGrant', {
    at: `Mutation.timeGrant(input.${field})`,
    type,
    uuid,
    variables: ({ ada }, asker) => {
      const input = { customerId: toGlobalId('Customer', ada.id), minutes: 1, supportPolicyName: 'prepaid-support', reason: 'Given.' };
      return { input: { ...input, idempotencyKey: `${field} given ${asker}` } };
    },
    outcomes: forStaff('FORBIDDEN'),
  });

/** Of prepaid time: customers make projects and assign to them, staff does the rest. */
export const TIME_DOORS: readonly Door[] = [
  node('Project', ({ project }) => project, forBuyers('nothing', 'nothing')),
  node('TimeLot', ({ lot }) => lot, forBuyers('nothing', 'nothing')),
  node('TimeEntry', ({ entry }) => entry, forBuyers('nothing', 'nothing')),
  node('TimeAlarm', ({ alarm }) => alarm, forStaff('nothing')),
  command('projectSave', {
    at: 'Mutation.projectSave(input.customerId)',
    type: 'Customer',
    uuid: adaHerself,
    variables: (_, asker) => ({ input: { idempotencyKey: `new ${asker}`, name: `Made by ${asker}` } }),
    outcomes: forBuyers('NOT_FOUND', 'FORBIDDEN'),
  }),
  command('projectSave', {
    at: 'Mutation.projectSave(input.projectId)',
    type: 'Project',
    uuid: adaProject,
    variables: (_, asker) => ({ input: { idempotencyKey: `other name ${asker}`, name: `Named by ${asker}` } }),
    outcomes: forBuyers('NOT_FOUND', 'FORBIDDEN'),
  }),
  timeLotAssign('lotId', 'TimeLot', adaLot),
  timeLotAssign('projectId', 'Project', adaProject),
  timeGrant('customerId', 'Customer', adaHerself),
  timeGrant('projectId', 'Project', adaProject),
  command('timeLotUnassign', {
    at: 'Mutation.timeLotUnassign(input.lotId)',
    type: 'TimeLot',
    uuid: ({ assignedLot }) => assignedLot,
    variables: (_, asker) => ({ input: { idempotencyKey: `back ${asker}`, minutes: 1, reason: 'Meant for another.' } }),
    outcomes: forStaff('FORBIDDEN'),
  }),
  command('timeLotVoid', {
    at: 'Mutation.timeLotVoid(input.lotId)',
    type: 'TimeLot',
    uuid: adaLot,
    variables: (_, asker) => ({ input: { idempotencyKey: `void ${asker}`, minutes: 1, reason: 'Paid back.' } }),
    outcomes: forStaff('FORBIDDEN'),
  }),
  command('timeEntryReverse', {
    at: 'Mutation.timeEntryReverse(input.entryId)',
    type: 'TimeEntry',
    uuid: ({ entry }) => entry,
    variables: (_, asker) => ({ input: { idempotencyKey: `undo ${asker}`, reason: 'A mistake.' } }),
    outcomes: forStaff('FORBIDDEN'),
  }),
  command('timeAlarmClear', {
    at: 'Mutation.timeAlarmClear(input.alarmId)',
    type: 'TimeAlarm',
    uuid: ({ alarm }) => alarm,
    variables: (_, asker) => ({ input: { idempotencyKey: `clear ${asker}`, resolution: 'All is well.' } }),
    outcomes: forStaff('FORBIDDEN'),
  }),
];

import { OperationTypeNode } from 'graphql';
import { refuseLargeInput } from './input-bounds.js';
import { OPERATION_LIMITS, refusal } from './operation-limits.js';
import { type CostedOperation, refuseCostlyQuery } from './query-cost.js';
import { measureOperation } from './query-depth.js';

export interface OperationRequest extends CostedOperation {
  readonly mayIntrospect: boolean;
}

/**
 * Decides whether a valid operation may run, for each request anew: documents are cached after validation, variables are not.
 * Throws the first refusal, cheapest check first: OPERATION_NOT_SUPPORTED, INTROSPECTION_REFUSED, ONE_MUTATION_PER_OPERATION, QUERY_TOO_DEEP,
 * TOO_MANY_ALIASES, INPUT_TOO_LARGE, PAGE_SIZE_OUT_OF_RANGE, QUERY_TOO_COSTLY. Variables that do not fit their types pass: execution reports those.
 */
export function refuseHostileOperation(request: OperationRequest): void {
  const { schema, document, operation, variables, mayIntrospect } = request;
  if (operation.operation === OperationTypeNode.SUBSCRIPTION || !schema.getRootType(operation.operation)) {
    throw refusal('OPERATION_NOT_SUPPORTED', `This server executes no ${operation.operation}.`);
  }
  const { depth, aliases, rootFields, introspects } = measureOperation(document, operation);
  if (introspects && !mayIntrospect) {
    throw refusal('INTROSPECTION_REFUSED', 'The schema is not told to this caller.');
  }
  if (operation.operation === OperationTypeNode.MUTATION && rootFields > OPERATION_LIMITS.mutationFields) {
    throw refusal('ONE_MUTATION_PER_OPERATION', 'A mutation has exactly one root field.', OPERATION_LIMITS.mutationFields);
  }
  if (depth > OPERATION_LIMITS.depth) {
    throw refusal('QUERY_TOO_DEEP', `The query nests fields deeper than ${OPERATION_LIMITS.depth}.`, OPERATION_LIMITS.depth);
  }
  if (aliases > OPERATION_LIMITS.aliases) {
    throw refusal('TOO_MANY_ALIASES', `The query has more than ${OPERATION_LIMITS.aliases} aliases.`, OPERATION_LIMITS.aliases);
  }
  refuseLargeInput(document, variables);
  refuseCostlyQuery(request);
}

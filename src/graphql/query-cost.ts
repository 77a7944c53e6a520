import {
  type DocumentNode,
  type GraphQLCompositeType,
  GraphQLError,
  type GraphQLField,
  type GraphQLSchema,
  getNullableType,
  getVariableValues,
  isListType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
} from 'graphql';
import { type ComplexityEstimator, fieldExtensionsEstimator, getComplexity } from 'graphql-query-complexity';
import { ASSUMED_SIZES, OPERATION_LIMITS, refusal } from './operation-limits.js';

export interface CostedOperation {
  readonly schema: GraphQLSchema;
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** As sent, not yet coerced. */
  readonly variables: Readonly<Record<string, unknown>>;
}

/**
 * Estimates the size of the answer, in values, from the arguments as coerced for this very request, and throws QUERY_TOO_COSTLY over the bound
 * or PAGE_SIZE_OUT_OF_RANGE for a `first` below 0 or over the largest page.
 *
 * A field costs 1 plus its children; a list costs its children times its size. The size is `first` where the field has one (as given, else its default
 * in the schema, else the assumed page), 1 inside a connection, whose `first` was counted above, and the assumed bounded list elsewhere.
 * A field that says its own `complexity` in its extensions is believed. Introspection costs nothing: who may not ask was refused before.
 * Variables that do not fit their types pass, as execution reports them without calling a resolver.
 */
export function refuseCostlyQuery({ schema, document, operation, variables }: CostedOperation): void {
  const definitions = operation.variableDefinitions ?? [];
  const coerced = getVariableValues(schema, definitions, variables, { maxErrors: OPERATION_LIMITS.reportedErrors });
  if (coerced.errors !== undefined) return;
  const cost = estimate({ schema, document, operation, variables });
  if (cost > OPERATION_LIMITS.cost) {
    throw refusal('QUERY_TOO_COSTLY', `The query may answer more than ${OPERATION_LIMITS.cost} values.`, OPERATION_LIMITS.cost);
  }
}

function estimate({ schema, document, operation, variables }: CostedOperation): number {
  try {
    return getComplexity({
      schema,
      query: onlyOperation(document, operation),
      variables: { ...variables },
      estimators: [fieldExtensionsEstimator(), sizeEstimator],
    });
  } catch (error) {
    if (error instanceof GraphQLError && error.extensions.code !== undefined) throw error;
    // An argument that does not fit shows only here, when a nullable variable stands where null is not allowed.
    if (error instanceof GraphQLError && error.nodes !== undefined) throw refusal('BAD_USER_INPUT', error.message);
    // What cannot be estimated is not executed; a plain error of the library would be answered as a fault of ours.
    throw refusal('QUERY_TOO_COSTLY', 'The cost of the query cannot be estimated.');
  }
}

/** The library adds up all operations of a document, and stumbles over anonymous ones beside a name; one request runs one. */
function onlyOperation(document: DocumentNode, operation: OperationDefinitionNode): DocumentNode {
  const fragments = document.definitions.filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION);
  return { kind: Kind.DOCUMENT, definitions: [operation, ...fragments] };
}

const sizeEstimator: ComplexityEstimator = ({ type, field, args, childComplexity }) => {
  if (field.name === '__schema' || field.name === '__type' || type.name.startsWith('__')) return 0;
  const size = listSize(type, field, args.first);
  return size === null ? 1 + childComplexity : 1 + size * Math.max(1, childComplexity);
};

/** The number of items a field may answer, or null where it is no list and pages nothing. */
function listSize(type: GraphQLCompositeType, field: GraphQLField<unknown, unknown>, first: unknown): number | null {
  const firstArgument = field.args.find((argument) => argument.name === 'first');
  if (firstArgument !== undefined) {
    const size = first ?? firstArgument.defaultValue ?? ASSUMED_SIZES.page;
    if (typeof size !== 'number' || size < 0 || size > OPERATION_LIMITS.pageSize) {
      throw refusal('PAGE_SIZE_OUT_OF_RANGE', `\`first\` is from 0 to ${OPERATION_LIMITS.pageSize}.`, OPERATION_LIMITS.pageSize);
    }
    return size;
  }
  if (!isListType(getNullableType(field.type))) return null;
  const insideConnection = isObjectType(type) && type.getFields().pageInfo !== undefined;
  return insideConnection ? 1 : ASSUMED_SIZES.boundedList;
}

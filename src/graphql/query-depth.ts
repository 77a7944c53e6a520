import { type DocumentNode, type FragmentDefinitionNode, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';

export interface OperationMeasure {
  /** Fields nested in fields; a field of the root has depth 1. */
  readonly depth: number;
  /** Fields that carry an alias, and fields repeated within one selection: both ask again for what is asked already. */
  readonly aliases: number;
  /** Fields selected at the root. */
  readonly rootFields: number;
  /** Whether `__schema` or `__type` is among the fields, under whatever alias. */
  readonly introspects: boolean;
}

/** Introspection nests deep by its nature, is refused to strangers, and has graphql-js's own bound. */
const INTROSPECTION = new Set(['__schema', '__type']);

/**
 * Measures one operation with each fragment counted as often as it is spread.
 * Linear in the text: a fragment is measured once, so ten levels of doubled spreads cost ten steps. A fragment within itself counts as empty.
 */
export function measureOperation(document: DocumentNode, operation: OperationDefinitionNode): OperationMeasure {
  const fragments = new Map<string, FragmentDefinitionNode>();
  for (const definition of document.definitions) {
    if (definition.kind === Kind.FRAGMENT_DEFINITION) fragments.set(definition.name.value, definition);
  }
  const measured = new Map<string, OperationMeasure>();
  const empty: OperationMeasure = { depth: 0, aliases: 0, rootFields: 0, introspects: false };

  const ofFragment = (name: string): OperationMeasure => {
    const known = measured.get(name);
    if (known !== undefined) return known;
    measured.set(name, empty);
    const fragment = fragments.get(name);
    const measure = fragment === undefined ? empty : ofSelections(fragment.selectionSet);
    measured.set(name, measure);
    return measure;
  };

  const ofSelections = (set: SelectionSetNode): OperationMeasure => {
    let { depth, aliases, rootFields, introspects } = empty;
    const asked = new Set<string>();
    for (const selection of set.selections) {
      if (selection.kind === Kind.FIELD) {
        const name = selection.name.value;
        const asksForSchema = INTROSPECTION.has(name);
        const inner = selection.selectionSet && !asksForSchema ? ofSelections(selection.selectionSet) : empty;
        depth = Math.max(depth, 1 + inner.depth);
        aliases += inner.aliases + (selection.alias || asked.has(name) ? 1 : 0);
        asked.add(name);
        rootFields += 1;
        introspects ||= asksForSchema || inner.introspects;
      } else {
        const inner = selection.kind === Kind.FRAGMENT_SPREAD ? ofFragment(selection.name.value) : ofSelections(selection.selectionSet);
        depth = Math.max(depth, inner.depth);
        aliases += inner.aliases;
        rootFields += inner.rootFields;
        introspects ||= inner.introspects;
      }
    }
    return { depth, aliases, rootFields, introspects };
  };

  return ofSelections(operation.selectionSet);
}

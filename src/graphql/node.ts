import { Field, ID, InterfaceType } from 'type-graphql';

@InterfaceType({
  description: 'Anything with a global id, to be found again with `node`.',
  autoRegisterImplementations: true,
  resolveType: (row: { __typename?: string; constructor: { name: string } }) => row.__typename ?? row.constructor.name,
})
export abstract class Node {
  @Field(() => ID, { description: 'Global and opaque; stays the same for good.' })
  id!: string;
}

import {
  type FieldDefinition,
  isTranslated,
  type NativeAssociations,
  type NativeRow,
  type NativeTranslation,
  type NativeValue,
  type ResourceDefinition,
  readOnlyRowFields,
} from './sandbox-resources.js';

const head = '<?xml version="1.0" encoding="UTF-8"?>\n<prestashop xmlns:xlink="http://www.w3.org/1999/xlink">\n';
const foot = '</prestashop>\n';

/** Rows as PrestaShop writes a list; `api` is the webservice's own address, for the links. */
export function listXml(resource: ResourceDefinition, rows: readonly NativeRow[], api: string): string {
  const nodes = rows.map((row) => rowXml(resource, row, api)).join('');
  return `${head}<${resource.listName}>\n${nodes}</${resource.listName}>\n${foot}`;
}

/** A list without `display`: where each row is to be found. */
export function referencesXml(definition: ResourceDefinition, resource: string, rows: readonly NativeRow[], api: string): string {
  const nodes = rows.map((row) => `<${definition.rowName} id="${row.id}" xlink:href="${api}/${resource}/${row.id}"/>\n`).join('');
  return `${head}<${definition.listName}>\n${nodes}</${definition.listName}>\n${foot}`;
}

export function singleXml(resource: ResourceDefinition, row: NativeRow, api: string): string {
  return `${head}${rowXml(resource, row, api)}${foot}`;
}

export function errorsXml(errors: readonly { readonly code: number; readonly message: string }[]): string {
  const nodes = errors.map(({ code, message }) => `<error>\n${textXml('code', code)}${textXml('message', message)}</error>\n`).join('');
  return `${head}<errors>\n${nodes}</errors>\n${foot}`;
}

/** What a key may do: the answer of `/api/` itself. */
export function rootXml(
  shopName: string,
  granted: readonly { readonly resource: string; readonly description: string; readonly methods: readonly string[] }[],
  api: string,
): string {
  const nodes = granted.map(({ resource, description, methods }) => {
    const may = ['get', 'put', 'post', 'patch', 'delete', 'head']
      .map((verb) => `${verb}="${methods.includes(verb.toUpperCase())}"`)
      .join(' ');
    const address = `${api}/${resource}`;
    const schemas = ['blank', 'synopsis'].map((name) => `<schema xlink:href="${address}?schema=${name}" type="${name}"/>\n`).join('');
    const opening = `xlink:href="${address}" ${may}>\n`;
    return `<${resource} ${opening}<description ${opening}${description}</description>\n${schemas}</${resource}>\n`;
  });
  return `${head}<api shopName="${escaped(shopName)}">\n${nodes.join('')}</api>\n${foot}`;
}

/** The empty row of a resource (`blank`), with what is known of its fields (`synopsis`). */
export function schemaXml(resource: ResourceDefinition, form: 'blank' | 'synopsis', api: string): string {
  const described = ([name, field]: [string, FieldDefinition]) => textXml(name, '', form === 'synopsis' ? field.attributes : {});
  const own = Object.entries(resource.fields).filter(([name]) => name !== 'id');
  const { association } = resource;
  if (!association) return `${head}<${resource.rowName}>\n${own.map(described).join('')}</${resource.rowName}>\n${foot}`;
  const inner = Object.entries(association.fields).map(([name, field]) => {
    const fixed: Record<string, string> = readOnlyRowFields.has(name) ? { read_only: 'true', readOnly: 'true' } : {};
    const link: Record<string, string> = field.link ? { 'xlink:href': `${api}/${field.link}/` } : {};
    return textXml(name, '', form === 'synopsis' ? { ...link, ...fixed, ...field.attributes } : link);
  });
  const list = associationXml(association, [inner.join('')]);
  return `${head}<${resource.rowName}>\n${own.map(described).join('')}${list}</${resource.rowName}>\n${foot}`;
}

function rowXml(resource: ResourceDefinition, row: NativeRow, api: string): string {
  const nodes = Object.entries(row).map(([name, value]) => {
    if (name === 'associations') return '';
    const field = resource.fields[name];
    const text = isTranslated(value) ? '' : (value ?? '');
    const link: Record<string, string> = field?.link && Number(text) !== 0 ? { 'xlink:href': `${api}/${field.link}/${text}` } : {};
    const marks: Record<string, string> = field?.attributes?.notFilterable ? { notFilterable: 'true' } : {};
    return isTranslated(value) ? translationsXml(name, value, api) : textXml(name, text, { ...link, ...marks });
  });
  const { association } = resource;
  const associated = association && associationsOf(row)?.[association.listName];
  if (!associated) return `<${resource.rowName}>\n${nodes.join('')}</${resource.rowName}>\n`;
  const inner = associated.map((one) =>
    Object.entries(one)
      .map(([name, value]) => {
        const target = association.fields[name]?.link;
        return textXml(name, scalar(value), target ? { 'xlink:href': `${api}/${target}/${scalar(value)}` } : {});
      })
      .join(''),
  );
  return `<${resource.rowName}>\n${nodes.join('')}${associationXml(association, inner)}</${resource.rowName}>\n`;
}

function associationXml(association: { readonly listName: string; readonly rowName: string }, inner: readonly string[]): string {
  const { listName, rowName } = association;
  const rows = inner.map((nodes) => `\t<${rowName}>\n${nodes}\t</${rowName}>\n`).join('');
  return `<associations>\n<${listName} nodeType="${rowName}" virtualEntity="true">\n${rows}</${listName}>\n</associations>\n`;
}

function translationsXml(name: string, translations: readonly NativeTranslation[], api: string): string {
  const inner = translations.map(({ id, value }) => {
    return `<language id="${id}" xlink:href="${api}/languages/${id}">${characters(value ?? '')}</language>`;
  });
  return `\t<${name}>${inner.join('')}</${name}>\n`;
}

function textXml(name: string, value: NativeValue, attributes: Readonly<Record<string, string>> = {}): string {
  const written = Object.entries(attributes).map(([attribute, text]) => ` ${attribute}="${escaped(text)}"`);
  return `\t<${name}${written.join('')}>${characters(scalar(value))}</${name}>\n`;
}

function scalar(value: NativeValue | undefined): string {
  return typeof value === 'string' || typeof value === 'number' || value === true ? String(value) : '';
}

export function associationsOf(row: NativeRow): NativeAssociations | undefined {
  const { associations } = row;
  return typeof associations === 'object' && associations !== null && !isTranslated(associations) ? associations : undefined;
}

function characters(text: string): string {
  return `<![CDATA[${text.replaceAll(']]>', ']]]]><![CDATA[>')}]]>`;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('"', '&quot;').replaceAll('<', '&lt;');
}

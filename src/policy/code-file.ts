/**
 * A path within an add-on in the one spelling in which paths are compared: "/" between its parts, no "./", no doubled "/", Unicode in NFC. Case counts, as it does on
 * the servers that shops run on.
 */
export function comparablePath(path: string): string {
  // Of thousands of paths nearly all are spelled so already.
  if (SPELLED.test(path) && !DETOUR.test(path)) return path;
  const parts = path.normalize('NFC').replaceAll('\\', '/').split('/');
  return parts.filter((part) => part !== '' && part !== '.').join('/');
}

const SPELLED = /^[ -~]*$/;
const DETOUR = /\\|^\/|\/\/|\/$|(?:^|\/)\.(?:\/|$)/;

/** Endings of what a server or a browser runs, and of templates that such code is made from. */
const CODE_ENDINGS: ReadonlySet<string> = new Set([
  ...['php', 'php3', 'php4', 'php5', 'php7', 'php8', 'pht', 'phtml', 'phar', 'inc'],
  ...['js', 'mjs', 'cjs', 'jsx', 'ts', 'mts', 'tsx', 'vue'],
  ...['tpl', 'twig', 'latte', 'html', 'htm', 'xhtml', 'knockout'],
  ...['graphqls', 'sql', 'sh', 'bash', 'py', 'pl', 'cgi'],
]);

/** Where the words of a shop and its mails are: merchants translate and reword them. */
const WORDING = [
  /^translations\/[a-z]{2,3}([-_][a-z]{2,4})?\.php$/i,
  /(^|\/)mails\/.*\.(html?|tpl|twig)$/i,
  /^view\/[^/]+\/email\/.*\.html?$/i,
];

/** Pages that people read beside the program. */
const MANUAL = /(^|\/)(docs?|documentation)\/.*\.html?$|(^|\/)(readme|changelog|license|licence)[^/]*\.html?$/i;

/** Settings among the files that wire a Magento module together: values, which a merchant sets elsewhere anyway. */
const SETTINGS = /^etc\/(.*\/)?(config|csp_whitelist)\.xml$/i;

/** Magento: what says which class runs where, which page is put together from what, and how tables look. */
const MAGENTO_WIRING = /^(etc|view)\/.*\.xml$/i;

/** PrestaShop and Symfony: what says which class runs where. */
const SYMFONY_WIRING = /^config\/(.*\/)?(services|routes|routing)[^/]*\.(ya?ml|xml)$/i;

/** Commands without an ending. */
const COMMAND = /^bin\/[^./]+$/i;

/**
 * A-16, B-23: whether a file of an add-on is code, so that changing it changes what the add-on does: programs, templates, and files that say which program runs.
 * Translations, mails, media, styles, manuals and settings are not [ours]. The path is taken as `comparablePath` spells it.
 */
export function isCodeFile(path: string): boolean {
  if (WORDING.some((wording) => wording.test(path)) || MANUAL.test(path) || SETTINGS.test(path)) return false;
  if (MAGENTO_WIRING.test(path) || SYMFONY_WIRING.test(path) || COMMAND.test(path)) return true;
  const name = path.slice(path.lastIndexOf('/') + 1);
  const dot = name.lastIndexOf('.');
  return dot !== -1 && CODE_ENDINGS.has(name.slice(dot + 1).toLowerCase());
}

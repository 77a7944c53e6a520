import { describe, expect, test } from '@jest/globals';
import fc from 'fast-check';
import { comparablePath, isCodeFile } from '../../src/policy/code-file.js';

describe('what of an add-on is code (A-16, B-23)', () => {
  test.each([
    ['Model/Price.php', 'a program'],
    ['Model/PRICE.PHP', 'some servers run that, too'],
    ['controllers/front/ajax.php5', 'run under its old name'],
    ['lib/legacy.inc', 'read into programs'],
    ['tools/build.phar', 'a whole archive of programs'],
    ['view/frontend/templates/price.phtml', 'a template with a program inside'],
    ['view/frontend/web/js/price.js', 'run by the browser'],
    ['views/js/app.vue', 'the same'],
    ['src/view.ts', 'the same before it is compiled'],
    ['views/templates/hook/price.tpl', 'Smarty compiles it'],
    ['views/templates/admin/form.html.twig', 'Twig compiles it'],
    ['view/frontend/web/template/price.html', 'Knockout binds it to the program'],
    ['etc/schema.graphqls', 'says which class answers'],
    ['sql/install.sql', 'run by the database'],
    ['bin/repair', 'a command needs no ending'],
    ['bin/repair.sh', 'the shell runs it'],
    ['etc/di.xml', 'says which class is used in place of which'],
    ['etc/frontend/di.xml', 'the same for one area'],
    ['etc/events.xml', 'says what runs after what'],
    ['etc/adminhtml/routes.xml', 'says which address is answered'],
    ['etc/db_schema.xml', 'says how tables look'],
    ['etc/adminhtml/system.xml', 'names the classes behind the settings'],
    ['view/frontend/layout/catalog_product_view.xml', 'says what the page is made of'],
    ['view/adminhtml/ui_component/price_form.xml', 'the same for a form'],
    ['config/services.yml', 'Symfony’s wiring'],
    ['config/admin/services.yml', 'the same for one area'],
    ['config/routes.yaml', 'Symfony’s addresses'],
    ['translations/shell.php', 'no language is called so: it is a program'],
    ['docs/run.php', 'a program in any folder is one'],
  ])('%s is, because of this: %s', (path, _because) => expect(isCodeFile(path)).toBe(true));

  test.each([
    ['i18n/fr_FR.csv', 'a translation'],
    ['translations/fr.php', 'PrestaShop keeps translations in programs, which its back office writes'],
    ['translations/pt-br.php', 'the same'],
    ['translations/fr-FR/ModulesPrice.fr-FR.xlf', 'a translation'],
    ['languages/price.po', 'a translation'],
    ['mails/fr/offer.html', 'the wording of a mail'],
    ['view/frontend/email/offer.html', 'the same in Magento'],
    ['view/frontend/web/images/logo.svg', 'a picture'],
    ['views/img/logo.png', 'a picture'],
    ['view/frontend/web/css/price.css', 'how it looks'],
    ['view/frontend/web/css/source/_module.less', 'the same before it is compiled'],
    ['view/frontend/web/fonts/price.woff2', 'a font'],
    ['view/frontend/web/js/price.js.map', 'read by nothing but a debugger'],
    ['README.md', 'read by people'],
    ['readme_en.html', 'read by people'],
    ['docs/install.html', 'read by people'],
    ['LICENSE.txt', 'read by people'],
    ['etc/config.xml', 'values of settings'],
    ['etc/csp_whitelist.xml', 'addresses that a merchant allows'],
    ['config.xml', 'PrestaShop writes it anew'],
    ['config_fr.xml', 'the same for a language'],
    ['config/settings.yml', 'values of settings'],
    ['settings.ini', 'values of settings'],
    ['.htaccess', 'a setting of the server'],
    ['composer.json', 'what Composer goes by; the program is what it installed'],
    ['Model/Price.php.bak', 'nothing runs a copy'],
    ['Model', 'a name without an ending'],
    ['', 'nothing at all'],
  ])('%j is not, because of this: %s', (path, _because) => expect(isCodeFile(path)).toBe(false));
});

describe('the spelling in which paths are compared', () => {
  test.each([
    ['Model\\Price.php', 'Model/Price.php', 'Windows'],
    ['./Model/Price.php', 'Model/Price.php', 'as find spells it'],
    ['Model//./Price.php', 'Model/Price.php', 'joined carelessly'],
    ['/Model/Price.php', 'Model/Price.php', 'from the folder of the add-on'],
    ['Mode\u0301le.php', 'Mod\u00e9le.php', 'a Mac takes letters apart'],
    ['Model/price.php', 'Model/price.php', 'case counts'],
  ])('of %j is %j: %s', (path, spelled, _because) => {
    expect(comparablePath(path)).toBe(spelled);
    expect(comparablePath(spelled)).toBe(spelled);
  });

  test('of any path is that of its parts, without those that lead nowhere', () => {
    const part = fc.constantFrom('', '.', '..', 'a', '.htaccess', 'a.', 'b c', 'é', 'e\u0301', 'ü.php');
    fc.assert(
      fc.property(fc.array(part, { maxLength: 5 }), fc.constantFrom('/', '\\'), (parts, separator) => {
        const left = parts.filter((each) => each !== '' && each !== '.').map((each) => each.normalize('NFC'));
        expect(comparablePath(parts.join(separator))).toBe(left.join('/'));
      }),
    );
  });
});

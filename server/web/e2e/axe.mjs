// What a machine finds at a page: rules of WCAG 2.2 AA and good practice, and a page that is wider than its window.
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

const axe = readFileSync(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];

/**
 * The faults of a page as it is, each with `name` before it.
 * @param {string[]} [rules] only these rules
 */
export async function faultsOf(page, name, rules) {
  // Not as a tag: the page's policy allows none of others.
  if (!(await page.evaluate(() => "axe" in window))) await page.evaluate(axe);
  const found = await page.evaluate(async ([tags, only]) => {
    const { violations } = await window.axe.run(document, { resultTypes: ['violations'], runOnly: only ? { type: 'rule', values: only } : { type: 'tag', values: tags } });
    return violations.map((one) => `${one.id}: ${one.nodes.map((node) => node.target.join(' ')).slice(0, 3).join(' | ')} ${one.nodes[0]?.failureSummary?.split('\n')[1]?.trim() ?? ''}`);
  }, [TAGS, rules]);
  const wide = await page.evaluate(() => document.documentElement.scrollWidth - innerWidth);
  if (wide > 0) found.push(`${wide} px wider than the window`);
  return found.map((fault) => `${name}: ${fault}`);
}

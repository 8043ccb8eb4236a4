// Markdown of a model card as elements. Nothing in it becomes markup: every piece of
// text is set as text, and links lead to web addresses alone.
import { make } from './common.js';

const INLINE = /`([^`]+)`|\*\*([^*]+)\*\*|\*([^*\s][^*]*)\*|\[([^\]]+)\]\(([^()\s]+)\)/g;

function inline(text) {
  const pieces = [];
  let end = 0;
  for (const found of text.matchAll(INLINE)) {
    pieces.push(text.slice(end, found.index));
    end = found.index + found[0].length;
    const [all, code, strong, emphasis, name, address] = found;
    if (code) pieces.push(make('code', { text: code }));
    else if (strong) pieces.push(make('strong', {}, ...inline(strong)));
    else if (emphasis) pieces.push(make('em', {}, ...inline(emphasis)));
    else if (/^https?:\/\//i.test(address)) pieces.push(make('a', { href: address, rel: 'noopener noreferrer', target: '_blank', text: name }));
    else pieces.push(all);
  }
  pieces.push(text.slice(end));
  return pieces.filter((piece) => piece !== '');
}

const cells = (line) => line.trim().replace(/^\||\|$/g, '').split('|').map((cell) => cell.trim());
const isRule = (line) => /^\s*\|?\s*:?-{2,}/.test(line ?? '') && line.includes('-');
const ITEM = /^\s*(?:[-*]|(\d+)\.)\s+(.*)$/;

function table(lines) {
  const [head, , ...rows] = lines;
  const row = (line, tag) => make('tr', {}, ...cells(line).map((cell) =>
    make(tag, tag === 'th' ? { scope: 'col' } : {}, ...inline(cell))));
  return make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': cells(head).join(', ') },
    make('table', {}, make('thead', {}, row(head, 'th')), make('tbody', {}, ...rows.map((line) => row(line, 'td')))));
}

// Headings begin two levels lower, below the page's own.
export function render(text) {
  const lines = text.replaceAll('\r', '').split('\n');
  const parts = [];
  const takeWhile = (place, test) => {
    let end = place;
    while (end < lines.length && test(lines[end])) end += 1;
    return lines.slice(place, end);
  };
  for (let i = 0; i < lines.length;) {
    const line = lines[i];
    const heading = line.match(/^(#{1,6})\s+(.*)$/);
    if (!line.trim()) {
      i += 1;
    } else if (line.startsWith('```')) {
      const code = takeWhile(i + 1, (next) => !next.startsWith('```'));
      parts.push(make('pre', {}, make('code', { text: code.join('\n') })));
      i += code.length + 2;
    } else if (heading) {
      parts.push(make(`h${Math.min(6, heading[1].length + 2)}`, {}, ...inline(heading[2])));
      i += 1;
    } else if (line.includes('|') && isRule(lines[i + 1])) {
      const rows = takeWhile(i, (next) => next.includes('|'));
      parts.push(table(rows));
      i += rows.length;
    } else if (ITEM.test(line)) {
      const items = takeWhile(i, (next) => ITEM.test(next));
      parts.push(make(ITEM.exec(line)[1] ? 'ol' : 'ul', {}, ...items.map((item) =>
        make('li', {}, ...inline(ITEM.exec(item)[2])))));
      i += items.length;
    } else {
      const paragraph = takeWhile(i, (next) => next.trim() && !/^(#{1,6}\s|```)/.test(next) && !ITEM.test(next));
      parts.push(make('p', {}, ...inline(paragraph.join(' '))));
      i += Math.max(1, paragraph.length);
    }
  }
  return parts;
}

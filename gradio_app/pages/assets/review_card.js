// A correction as a card: what the model sees, what it was said to be, what the champion
// makes of it, and what was decided.
import { fill, make, number, shortTime, wordConfidence } from './common.js';

export const STATES = {
  received: 'received', quarantined: 'to be looked at', accepted: 'accepted', rejected: 'rejected', withdrawn: 'withdrawn' };
export const isDecided = (row) => row.state !== 'quarantined' && row.state !== 'received';

export function wordOpinion({ champion }) {
  if (!champion) return 'no picture was kept';
  if (champion.verdict === 'empty') return 'the model sees nothing there';
  if (champion.verdict === 'unfamiliar') return 'the model sees no digit';
  const sure = wordConfidence(champion.confidence);
  return champion.verdict === 'unsure' ? `the model guesses ${champion.label}, ${sure}` : `the model reads ${champion.label}, ${sure}`;
}

export function wordDecision(row) {
  if (!isDecided(row)) return '';
  const mended = row.label !== row.given_label ? ` as ${row.label}` : '';
  const who = row.reviewer ? ` by ${row.reviewer}` : '';
  return `${STATES[row.state]}${mended}${who}${row.reviewed ? `, ${shortTime(row.reviewed)}` : ''}`;
}

function wordBriefly({ champion }) {
  if (!champion) return '';
  if (champion.verdict === 'empty') return 'nothing';
  return champion.label === null ? 'no digit' : `reads ${champion.label}, ${wordConfidence(champion.confidence).replaceAll(' ', '\u00a0')}`;
}
const differs = (row) => row.champion && row.champion.label !== row.label;

function describe(row) {
  return [`Given as ${row.given_label}`, wordOpinion(row),
    row.conflicts.length ? `also given as ${row.conflicts.join(' and ')}` : '',
    wordDecision(row)].filter(Boolean).join('; ');
}

export function fillCard(card, row) {
  card.className = `correction ${isDecided(row) ? `decided ${row.state}` : ''}`;
  card.setAttribute('aria-label', describe(row));
  const mended = row.label !== row.given_label;
  fill(card,
    row.seen ? make('img', { class: 'model', src: row.seen, width: 28, height: 28, alt: '' })
      : make('span', { class: 'model none', text: '–' }),
    make('div', { class: 'said' },
      make('b', { text: row.label }),
      mended ? make('s', { text: row.given_label }) : null,
      make('span', { class: differs(row) ? 'opinion differs' : 'opinion', text: wordBriefly(row) })),
    row.conflicts.length ? make('span', { class: 'badge unsure', text: `also ${row.conflicts.join(', ')}` }) : null,
    isDecided(row) ? make('p', { class: 'decision', text: wordDecision(row), title: row.reason }) : null);
}

export function makeCard(row) {
  const card = make('div', { role: 'option', 'aria-selected': 'false', tabindex: '-1', 'data-id': row.id });
  fillCard(card, row);
  return card;
}

// What is nearly the same stands together, in a frame of its own.
export function makeGroups(rows, cards) {
  const groups = [];
  rows.forEach((row, i) => {
    if (!groups.length || groups.at(-1).name !== row.group) groups.push({ name: row.group, row, cards: [] });
    groups.at(-1).cards.push(cards[i]);
  });
  return groups.map(({ row, cards: inside }) => {
    if (row.group_size < 2) return make('div', { class: 'group alone', role: 'presentation' }, ...inside);
    const conflict = row.conflicts.length > 0;
    const words = `${number(row.group_size)} nearly the same${conflict ? ', under different labels' : ''}`;
    return make('div', { class: `group ${conflict ? 'conflict' : ''}`, role: 'group', 'aria-label': words },
      make('p', { class: 'group-words', 'aria-hidden': 'true', text: words }), ...inside);
  });
}

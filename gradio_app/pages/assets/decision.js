// What the gate decided, in words and with every rule's figure.
import { make, number } from './common.js';

const HEADS = {
  promoted: 'Promoted', refused: 'Refused', failed: 'Failed', cancelled: 'Cancelled',
  timed_out: 'Stopped: it took too long', interrupted: 'Interrupted', running: 'Running' };
const KINDS = { promoted: 'recognised', refused: 'unsure', failed: 'failed', timed_out: 'failed' };
export const stateBadge = (state) => make('span', { class: `badge ${KINDS[state] ?? ''}`, text: HEADS[state] ?? state });

const FEW_RULES = 12;
const word = (name) => name.replaceAll('_', ' ').replace('.', ': ').replace(/^./, (letter) => letter.toUpperCase());
const figure = (value) => {
  if (value === null || value === undefined) return '–';
  return (Number.isInteger(value) ? number(value) : Number(value.toPrecision(4)).toString()).replace('-', '−');
};

function showRules(rules) {
  const row = (rule) => make('tr', { class: rule.passed ? '' : 'broken' },
    make('th', { scope: 'row' }, make('span', { class: rule.passed ? 'mark better' : 'mark worse', 'aria-hidden': 'true', text: rule.passed ? '✓' : '✗' }),
      word(rule.name), make('span', { class: 'for-readers', text: rule.passed ? ', passed' : ', not passed' })),
    make('td', { class: 'figure', text: figure(rule.figure) }),
    make('td', { class: 'figure', text: figure(rule.threshold) }),
    make('td', { class: 'story', text: rule.sentence }));
  return make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Every rule' },
    make('table', {}, make('thead', {}, make('tr', {}, ...['Rule', 'Measured', 'Limit', 'In words'].map((name) =>
      make('th', { scope: 'col', class: ['Measured', 'Limit'].includes(name) ? 'figure' : '', text: name })))),
    make('tbody', {}, ...rules.map(row))));
}

// The end of a retraining: what came of it, and why.
export function showDecision(job) {
  const { decision } = job;
  const failed = decision?.rules.filter((rule) => !rule.passed) ?? [];
  const change = job.state === 'promoted' && decision?.version
    ? make('p', { class: 'change' }, make('code', { text: decision.champion ?? 'none' }), make('span', { 'aria-label': 'gives way to', role: 'img', text: ' → ' }), make('code', { text: decision.version }))
    : null;
  return make('section', { class: `outcome ${job.state}`, 'aria-label': 'What came of it' },
    make('h3', { text: HEADS[job.state] ?? job.state }),
    change,
    job.sentence ? make('p', { text: job.sentence }) : null,
    // The broken rules below say what the reason says, one by one.
    decision?.reason && !failed.length && !job.sentence?.includes(decision.reason) ? make('p', { class: 'soft', text: decision.reason }) : null,
    failed.length ? make('ul', { class: 'broken-rules' }, ...failed.map((rule) => make('li', {},
      make('b', { text: `${word(rule.name)}: ` }), rule.sentence,
      rule.by === null || rule.by === undefined ? '' : ` Off by ${figure(Math.abs(rule.by))}.`))) : null,
    decision?.rules.length ? make('details', { class: 'rules', open: decision.rules.length <= FEW_RULES },
      make('summary', { text: `${number(decision.rules.length - failed.length)} of ${number(decision.rules.length)} rules passed` }), showRules(decision.rules)) : null);
}

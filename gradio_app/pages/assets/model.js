// Which release answers, how good it is and where it comes from; all others beside it.
import { askJson, confirm, hasKey, make, number, onKey, percent, several, shortTime, time } from './common.js';
import { fillKeyPlace } from './key.js';
import { render } from './markdown.js';

// Figures that people compare, by their names in a manifest; the rest follows on demand.
const NAMED = {
  'metrics.test.accuracy': ['Read right, of test digits', 1],
  'metrics.test.macro_f1': ['F1, mean of the classes', 1],
  'metrics.test.roc_auc': ['ROC-AUC', 1],
  'metrics.test.ece': ['Confidence is off by (ECE)', -1],
  'metrics.test.brier': ['Brier score', -1],
  'metrics.test.nll': ['Negative log-likelihood', -1],
  'metrics.drawn_digits.accuracy': ['Read right, of pen drawings', 1],
  'gate.accuracy': ['Read right, of gate digits', 1],
};
// Whoever has gone back may want the newer one again: that is no way back.
const WAYS = {
  back: { word: 'Go back to it', why: 'Gone back to by hand.' },
  forth: { word: 'Use it', why: 'Chosen by hand.' },
};
const figure = (value) => (value === null || value === undefined ? '–' : Number(value.toPrecision(4)).toString());
// As the model card writes it.
const score = (value) => (value === null || value === undefined ? '–' : value.toFixed(4));
const short = (text) => make('code', { text: String(text).slice(0, 16), title: String(text) });

function showTiles(release, manifest) {
  const test = manifest.metrics?.test ?? {};
  const drawn = manifest.metrics?.drawn_digits ?? {};
  const tiles = [
    ['Read right', percent(release.accuracy)],
    ['Between, at 95 %', `${percent(release.accuracy_low)} – ${percent(release.accuracy_high)}`.replaceAll(' %', '\u00a0%'), 'long'],
    ['On digits it never saw', number(release.images)],
    drawn.n ? ['Pen drawings read right', percent(drawn.accuracy)] : null,
    test.ece === undefined ? null : ['Confidence is off by', percent(test.ece)],
    test.macro_f1 === undefined ? null : ['F1, mean of the classes', score(test.macro_f1)],
  ].filter(Boolean);
  return tiles.map(([name, value, kind = '']) => make('div', { class: 'tile' },
    make('span', { text: name }), make('b', { class: kind, text: value })));
}

function tellWatch({ version, over, until, sentence, rolled_back_to: back }) {
  if (back) return `${version} was taken back, and ${back} answers again. ${sentence ?? ''}`;
  return `${over ? 'ended' : 'until'} ${time(until)}. ${sentence ?? ''}`;
}

function showLineage(release, manifest, watch) {
  const train = manifest.dataset?.train ?? {};
  const { training } = manifest;
  const { git = {}, mlflow = {} } = manifest;
  const commit = typeof git === 'string' ? git : git.commit ?? manifest.git_commit;
  const run = mlflow.run_id ?? manifest.mlflow_run_id ?? manifest.mlflow_run ?? manifest.run_id;
  const facts = [
    ['Release', [make('code', { text: release.version }), release.created ? ` made ${time(release.created)}` : '']],
    ['Network', release.candidate ? [make('code', { text: release.candidate })] : null],
    ['Configuration', release.environment ? [make('code', { text: release.environment })] : null],
    ['Learned from', train.images ? [`${number(train.images)} images, digest `, short(train.sha256 ?? '')] : null],
    ['Training manifest', training ? [short(training.manifest), training.corrections
      ? `, with ${several(training.corrections, 'person\'s correction', 'people\'s corrections')}` : ', with no people\'s corrections'] : null],
    ['Images prepared by', manifest.preprocessing ? ['contract ', short(manifest.preprocessing)] : null],
    ['Git commit', commit ? [short(commit), git.dirty ? ' with changes of its own' : ''] : null],
    ['MLflow run', run ? [short(run)] : null],
    ['Why it answers', release.promotions.length ? [release.promotions.at(-1).why] : null],
    ['Under watch', watch ? [tellWatch(watch)] : null],
  ];
  return facts.filter(([, value]) => value).flatMap(([name, value]) =>
    [make('dt', { text: name }), make('dd', {}, ...value.filter(Boolean))]);
}

function showComparison(first, second, differences) {
  const named = differences.filter(({ name }) => NAMED[name]);
  const others = differences.filter(({ name, change }) => !NAMED[name] && change);
  const row = ({ name, first: a, second: b, change }) => {
    const [title, direction] = NAMED[name] ?? [name, 0];
    const isShare = /accuracy|recall|precision|ece$/.test(name);
    const shown = isShare ? (value) => percent(value) : NAMED[name] ? score : figure;
    const sign = Math.sign(change ?? 0) * direction;
    const kind = sign > 0 ? 'better' : sign < 0 ? 'worse' : '';
    const word = sign > 0 ? ' better' : sign < 0 ? ' worse' : '';
    const text = change === null ? '–' : change === 0 ? 'the same'
      : (word ? '' : change > 0 ? '+' : '−') + (isShare ? `${Math.abs(100 * change).toFixed(2)} points` : shown(Math.abs(change))) + word;
    return make('tr', {}, make('th', { scope: 'row', text: title }), make('td', { class: 'figure', text: shown(a) }),
      make('td', { class: 'figure', text: shown(b) }), make('td', { class: `figure ${kind}`, text }));
  };
  const table = (rows, label) => make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': label },
    make('table', {}, make('thead', {}, make('tr', {}, make('th', { scope: 'col', text: 'Figure' }),
      ...[first, second, 'Change'].map((name) => make('th', { scope: 'col', class: 'figure', text: name })))),
    make('tbody', {}, ...rows.map(row))));
  return [
    make('h3', { text: 'Compared', tabindex: '-1' }),
    make('p', { class: 'soft fine', text: 'Each was measured when it was made, on its own test digits; where these differ, so may the figures.' }),
    named.length ? table(named, 'Comparison of two releases') : make('p', { class: 'soft', text: 'They share no figure that could be compared.' }),
    others.length ? make('details', {}, make('summary', { class: 'soft', text: `${several(others.length, 'more figure that differs', 'more figures that differ')}` }),
      table(others, 'All other figures that differ')) : null,
  ].filter(Boolean);
}

export function start(root) {
  const status = root.querySelector('.status');
  const [tiles, lineage, releases, comparison, card] =
    ['.tiles', '.lineage', '.releases', '.comparison', '.card'].map((name) => root.querySelector(name));
  let listed = [];
  let shown = false;

  async function compare(form) {
    const [first, second] = [form.elements.first.value, form.elements.second.value];
    try {
      const found = await askJson(`api/model/releases/${encodeURIComponent(second)}?compare=${encodeURIComponent(first)}`);
      comparison.replaceChildren(...showComparison(first, second, found.comparison ?? []));
      comparison.hidden = false;
      comparison.querySelector('h3').focus();
    } catch (error) {
      status.textContent = error.message;
    }
  }

  async function change(version, way) {
    const reason = make('input', { name: 'reason', maxlength: '500', type: 'text', placeholder: way.why });
    const sure = await confirm(way.word,
      make('p', { text: `From the next picture on, release ${version} answers, here and in every process that shares these releases. Say why, if you like; it is kept with the release.` }),
      make('label', {}, 'Reason', reason));
    if (!sure) return;
    try {
      const done = await askJson('api/model/rollback', {
        json: { reason: reason.value.trim() || way.why, to: version }, withKey: true });
      await show();
      status.textContent = `Release ${done.serving ?? done.version} answers now.`;
    } catch (error) {
      status.textContent = error.message;
    }
  }

  function showReleases() {
    const names = ['Release', 'Made', 'Network', 'Read right', 'Digits', 'What happened'];
    const place = listed.findIndex((release) => release.champion); // the newest comes first
    const button = ({ version }, i) => {
      const way = i < place ? WAYS.forth : WAYS.back;
      return make('button', { type: 'button', class: 'button', text: way.word, 'aria-label': `${way.word}, release ${version}`,
        onclick: () => change(version, way) });
    };
    const rows = listed.map((release, i) => make('tr', { class: release.champion ? 'now' : '' },
      make('td', {}, make('div', { class: 'release-name' }, make('code', { text: release.version }),
        release.champion ? make('span', { class: 'badge recognised', text: 'answers now' }) : hasKey() ? button(release, i) : null)),
      make('td', { class: 'short', text: release.created ? shortTime(release.created) : '–' }),
      make('td', { text: [release.candidate, release.environment].filter(Boolean).join(', ') || '–' }),
      make('td', { class: 'figure', text: percent(release.accuracy) }),
      make('td', { class: 'figure', text: number(release.images) }),
      make('td', { class: 'story', text: release.promotions.map(({ action, why }) => `${action === 'rollback' ? 'Back to it' : 'Promoted'}: ${why}`).join(' ') || 'Never promoted.' })));
    const parts = [make('div', { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': 'Releases' },
      make('table', {}, make('thead', {}, make('tr', {}, ...names.map((name) =>
        make('th', { scope: 'col', class: ['Read right', 'Digits'].includes(name) ? 'figure' : '', text: name })))),
      make('tbody', {}, ...rows)))];
    if (listed.length > 1) {
      const select = (name, chosen) => make('select', { name }, ...listed.map(({ version }) =>
        make('option', { value: version, text: version, selected: version === chosen })));
      const now = listed.find((release) => release.champion)?.version ?? listed[0].version;
      const other = listed.find(({ version }) => version !== now).version;
      parts.push(make('form', { class: 'filters versions', 'aria-label': 'Compare two releases',
        onsubmit: (event) => { event.preventDefault(); compare(event.target); } },
      make('label', {}, 'Compare', select('first', other)), make('label', {}, 'with', select('second', now)),
      make('button', { class: 'button', text: 'Compare' })));
    }
    releases.replaceChildren(...parts);
  }

  async function show() {
    try {
      ({ releases: listed } = await askJson('api/model/releases'));
      showReleases();
      const now = listed.find((release) => release.champion) ?? listed[0];
      if (!now) throw new Error('No model has been released yet.');
      const [{ release, manifest, card: text }, { watch }] = await Promise.all([
        askJson(`api/model/releases/${encodeURIComponent(now.version)}`),
        askJson('api/model/info').catch(() => ({}))]);
      tiles.replaceChildren(...showTiles(release, manifest));
      lineage.replaceChildren(...showLineage(release, manifest, watch));
      card.replaceChildren(...render(text));
      status.textContent = '';
    } catch (error) {
      status.textContent = error.message;
    }
  }

  document.addEventListener('release-changed', async ({ detail: version }) => {
    if (!shown) return;
    await show();
    status.textContent = version ? `Release ${version} answers now.` : 'No release answers now.';
  });
  onKey(() => { if (listed.length) showReleases(); });
  fillKeyPlace(root.querySelector('.key .asks'));
  return {
    async enter() { shown = true; await show(); },
    leave() { shown = false; },
  };
}

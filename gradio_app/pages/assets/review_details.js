// One correction looked at closely: the picture as it was given, who sent it, who
// decided, where it was used; and the way to withdraw it.
import { ask, askJson, confirm, make, number, openDialog, several, time, wordConfidence } from './common.js';
import { STATES, wordDecision, wordOpinion } from './review_card.js';

const KEYS = [
  ['← → ↑ ↓, j, k', 'go from picture to picture'], ['a', 'accept'], ['r', 'reject'], ['0 … 9', 'accept as that digit'],
  ['x, Space', 'choose it, or no longer'], ['g', 'choose all that are nearly the same'], ['Ctrl + a', 'choose all shown'],
  ['Esc', 'choose none'], ['Enter', 'look closer'], ['?', 'these keys']];

export function openKeys() {
  openDialog('Keys', make('h2', { text: 'Keys' }),
    make('p', { class: 'soft', text: 'They work while a picture of the queue has the focus, on what is chosen, or else on the framed one.' }),
    make('dl', { class: 'lineage keys' }, ...KEYS.flatMap(([keys, words]) => [make('dt', {}, make('kbd', { text: keys })), make('dd', { text: words })])));
}

// The kept picture needs the key, which no address may carry.
async function showPicture(place, row) {
  try {
    const address = URL.createObjectURL(await (await ask(`api/corrections/${row.id}/image`, { withKey: true })).blob());
    const image = make('img', { src: address, alt: 'The picture as it was given' });
    image.addEventListener('load', () => URL.revokeObjectURL(address));
    place.replaceChildren(image);
  } catch (error) {
    place.replaceChildren(make('p', { class: 'soft', text: error.message }));
  }
}

const wordCounts = (counts) => Object.entries(counts).filter(([, count]) => count)
  .map(([state, count]) => `${number(count)} ${STATES[state] ?? state}`).join(', ');

// Counted when a dialog opens: since the queue was shown, much may have been decided.
const find = (wanted) => askJson(`api/review?${new URLSearchParams({ ...wanted, page_size: 1 })}`, { withKey: true });
async function countSender({ client, state }) {
  const { items: [one] } = await find({ client, state });
  return one.client_counts;
}
async function countUpload({ upload }) {
  const states = ['quarantined', 'accepted', 'rejected'];
  const found = await Promise.all(states.map((state) => find({ upload, state })));
  return Object.fromEntries(states.map((state, i) => [state, found[i].total]));
}

const wordSender = ({ client }, counts) => `${client.slice(0, 8)}: ${wordCounts(counts)}`;
async function showSender(row, place) {
  place.textContent = wordSender(row, await countSender(row).catch(() => row.client_counts));
}

function showFacts(row) {
  const sender = row.client ? make('span', { text: wordSender(row, row.client_counts) }) : null;
  if (sender) showSender(row, sender);
  const facts = [
    ['Given as', row.given_label + (row.origin === 'upload' ? `, in ${row.name ?? 'an upload'}` : ', said of an answer')],
    ['Answered then', row.predicted ?? 'no digit'],
    ['Now', wordOpinion(row)],
    ['When', time(row.time)],
    ['State', wordDecision(row) || STATES[row.state]],
    ['Why', row.reason],
    ['Nearly the same', row.group_size > 1 ? `${number(row.group_size)}${row.conflicts.length ? `, also given as ${row.conflicts.join(' and ')}` : ''}` : null],
    ['Its sender', sender],
  ];
  return make('dl', { class: 'lineage' }, ...facts.filter(([, value]) => value)
    .flatMap(([name, value]) => [make('dt', { text: name }), make('dd', {}, value)]));
}

// How many it would be, where that can be told.
async function wordMany(words, counting) {
  const counts = await counting.catch(() => null);
  if (!counts) return words;
  const { withdrawn, ...rest } = counts;
  const many = Object.values(rest).reduce((sum, count) => sum + count, 0);
  return `${words}: ${several(many, 'picture')}`;
}

async function withdraw(row, { headers, changed }, dialog, status) {
  const whose = [['This picture', { ids: [row.id] }]];
  if (row.upload) whose.push([await wordMany('Its whole upload', countUpload(row)), { upload: row.upload }]);
  if (row.client) whose.push([await wordMany('Everything from its sender', countSender(row)), { client: row.client }]);
  const select = make('select', {}, ...whose.map(([name], i) => make('option', { value: i, text: name })));
  const reason = make('input', { type: 'text', maxlength: '500', placeholder: 'Withdrawn at review.' });
  const sure = await confirm('Withdraw', make('p', { text: 'The kept pictures are deleted, and no further training uses them. This cannot be undone.' }),
    make('label', {}, 'What', select), make('label', {}, 'Reason', reason));
  if (!sure) return;
  try {
    const done = await askJson('api/withdraw', { withKey: true, headers,
      json: { ...whose[Number(select.value)][1], reason: reason.value.trim() || 'Withdrawn at review.' } });
    status.textContent = done.message;
    dialog.addEventListener('close', changed);
  } catch (error) {
    status.textContent = error.message;
  }
}

const ACTIONS = { accept: 'accepted it', reject: 'rejected it', relabel: 'accepted it as', withdraw: 'withdrew it' };

function wordTrace({ reviews, manifests, releases }) {
  const learned = releases.filter(({ manifest }) => manifests.some(({ digest }) => digest === manifest)).map(({ version }) => version);
  const used = manifests.length
    ? `Used in ${number(manifests.length)} ${manifests.length === 1 ? 'training' : 'trainings'}. ${learned.length ? `Learned by ${learned.join(', ')}.` : 'None of them led to a release.'}`
    : 'No training has used it.';
  return [
    reviews.length ? make('ol', { class: 'decisions' }, ...reviews.map((one) => make('li', {},
      `${time(one.time)}: ${one.reviewer} ${ACTIONS[one.action] ?? one.action}${one.action === 'relabel' ? ` ${one.label}` : ''}.`,
      one.reason ? make('span', { class: 'soft', text: ` ${one.reason}` }) : null))) : null,
    make('p', { class: 'soft', text: used })].filter(Boolean);
}

async function showTrace(row, place) {
  try {
    place.replaceChildren(...wordTrace(await askJson(`api/trace/${row.id}`, { withKey: true })));
  } catch (error) {
    place.textContent = error.message;
  }
}

export function openDetails(row, options) {
  const picture = make('div', { class: 'frame' });
  const status = make('p', { class: 'status', role: 'status' });
  const trace = make('div', { class: 'trace', role: 'status' });
  const shares = row.champion?.probabilities ?? {};
  const list = make('ol', { class: 'bars', 'aria-label': 'Probability of each digit' }, ...Object.entries(shares).map(([name, share]) => {
    const fill = make('span', { class: 'fill' });
    fill.style.cssText = `display:block;width:${(100 * share).toFixed(2)}%`;
    return make('li', { class: name === row.champion.label ? 'best' : '' }, make('span', { text: name }), make('span', { class: 'track' }, fill),
      make('span', { class: 'share', text: share >= 0.0005 ? wordConfidence(share) : '–' }));
  }));
  const dialog = openDialog(`Given as ${row.given_label}`,
    make('h2', { text: `Given as ${row.given_label}` }),
    make('div', { class: 'pair' },
      make('div', { class: 'both' }, make('figure', { class: 'preview' }, picture, make('figcaption', { text: 'As it was given' })),
        row.seen ? make('figure', { class: 'preview' }, make('div', { class: 'frame' }, make('img', { class: 'model', src: row.seen, alt: 'What the model sees' })), make('figcaption', { text: 'What the model sees' })) : null),
      make('div', {}, showFacts(row), list)),
    make('h3', { text: 'What became of it' }), trace, status,
    make('div', { class: 'buttons' },
      make('button', { type: 'button', class: 'button danger', text: 'Withdraw …', onclick: () => withdraw(row, options, dialog, status) })));
  if (row.image) showPicture(picture, row);
  else picture.replaceChildren(make('p', { class: 'soft', text: 'No picture is kept.' }));
  showTrace(row, trace);
}

// What the pages share: elements, requests, words. Text from outside is only ever set
// as text, never parsed as markup.

export function make(tag, properties = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (value === undefined || value === null) continue;
    if (name === 'class') element.className = value;
    else if (name === 'text') element.textContent = value;
    else if (name.startsWith('on')) element.addEventListener(name.slice(2), value);
    else if (typeof value === 'boolean') element.toggleAttribute(name, value);
    else element.setAttribute(name, value);
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

// Put elements in the place of what was there; what is null is left out.
export function fill(element, ...children) {
  element.replaceChildren(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

export class Refusal extends Error {
  constructor(status, detail, retryAfter, code) {
    super(detail);
    this.code = code;
    this.status = status;
    this.retryAfter = retryAfter;
  }
}

// What is remembered as long as this tab is open. Browsers that keep nothing for a page
// in another site's frame throw; there it lasts as long as the page.
const memory = new Map();
export function recall(name) {
  try {
    return sessionStorage.getItem(name) ?? '';
  } catch {
    return memory.get(name) ?? '';
  }
}
export function remember(name, value) {
  memory.set(name, value);
  try {
    if (value) sessionStorage.setItem(name, value);
    else sessionStorage.removeItem(name);
  } catch { /* The page's memory has it. */ }
}

// The key of whoever runs this app: asked once, gone with the tab.
let key = recall('key');
const keyListeners = new Set();
export function setKey(value) {
  key = value.trim();
  remember('key', key);
  keyListeners.forEach((listener) => listener(key));
}
export const hasKey = () => key !== '';
export const onKey = (listener) => keyListeners.add(listener);

// Ask REST. Throws a Refusal with the sentence that the answer carries.
export async function ask(path, { json, withKey = false, ...options } = {}) {
  const headers = new Headers(options.headers);
  if (json !== undefined) {
    headers.set('Content-Type', 'application/json');
    options.body = JSON.stringify(json);
    options.method ??= 'POST';
  }
  if (withKey && key) headers.set('Authorization', `Bearer ${key}`);
  let response;
  try {
    response = await fetch(new URL(path, document.baseURI), { ...options, headers });
  } catch (error) {
    if (error.name === 'AbortError') throw error;
    throw new Refusal(0, 'The app does not answer; check the connection and try again.', 5);
  }
  if (response.ok) return response;
  // Another key than when it was typed: whoever knows the new one is asked for it.
  if (response.status === 401 && withKey && key) setKey('');
  const problem = await response.json().catch(() => ({}));
  const sentence = typeof problem.detail === 'string'
    ? problem.detail : `The app answered with ${response.status}; try again later.`;
  throw new Refusal(response.status, sentence, Number(response.headers.get('Retry-After')) || 0, problem.code);
}
// Try a key before it is believed; throws the Refusal of one that is not right.
export async function tryKey(value) {
  const given = value.trim();
  if (!/^[!-~]+$/.test(given)) {
    throw new Refusal(401, 'Expected the key as it was shown, but this holds other characters; copy it anew.');
  }
  const headers = { Authorization: `Bearer ${given}` };
  try {
    await ask('api/history?scope=all&page_size=1', { headers });
  } catch (error) {
    if (error.status !== 401) throw error;
    throw new Refusal(401, 'That is not the key; copy it anew from where the app was started.');
  }
  setKey(given);
}
export const askJson = async (path, options) => (await ask(path, options)).json();
// The classes of the release that answers. Whether there is one is asked first: a
// refusal would stand as an error in the browser's console.
export async function classNames() {
  const { model_version: version } = await askJson('api/model/uptime').catch(() => ({}));
  if (!version) return [];
  return (await askJson('api/model/info').catch(() => ({ class_names: [] }))).class_names;
}

export const number = (value, digits = 0) => Number(value).toLocaleString('en', {
  minimumFractionDigits: digits, maximumFractionDigits: digits });
export const several = (count, one, many = `${one}s`) => `${number(count)} ${count === 1 ? one : many}`;
// A share that was measured over many, as the gate and the model card write it.
export function percent(share, digits = 2) {
  if (share === null || share === undefined || Number.isNaN(share)) return '–';
  return `${(100 * share).toFixed(digits)} %`;
}
// How sure one answer is: never certain.
export const wordConfidence = (share) => (share >= 0.9995 ? '> 99.9 %' : percent(share, 1));
export const time = (value) => new Date(value).toLocaleString('en-GB', {
  year: 'numeric', month: 'short', day: 'numeric', hour: '2-digit', minute: '2-digit', second: '2-digit' });
export function shortTime(value) {
  const then = new Date(value);
  const clock = then.toLocaleTimeString('en-GB');
  if (then.toDateString() === new Date().toDateString()) return clock;
  return `${then.toLocaleDateString('en-GB', { day: 'numeric', month: 'short', year: 'numeric' })}, ${clock}`;
}
export function duration(seconds) {
  const units = [['d', 86400], ['h', 3600], ['min', 60], ['s', 1]];
  const first = units.findIndex(([, size]) => seconds >= size);
  if (first < 0) return '0 s';
  let left = Math.floor(seconds);
  return units.slice(first, first + 2).map(([name, size]) => {
    const count = Math.floor(left / size);
    left -= count * size;
    return `${count} ${name}`;
  }).join(' ');
}

export const VERDICTS = {
  recognised: 'Sure', unsure: 'Not sure', unfamiliar: 'Not a digit', empty: 'Nothing there', failed: 'Not read' };
export const verdictBadge = (verdict) =>
  make('span', { class: `badge ${VERDICTS[verdict] ? verdict : ''}`, text: VERDICTS[verdict] ?? verdict });

// Spreadsheets run what begins like a formula: such cells get an apostrophe.
export function toCsv(rows) {
  const cell = (value) => {
    let text = value === null || value === undefined ? '' : String(value);
    if (typeof value === 'string' && /^[=+\-@\t\r]/.test(text)) text = `'${text}`;
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return rows.map((row) => `${row.map(cell).join(',')}\r\n`).join('');
}
export function save(name, content, type = 'text/csv') {
  const blob = content instanceof Blob ? content : new Blob([content], { type: `${type};charset=utf-8` });
  const address = URL.createObjectURL(blob);
  make('a', { href: address, download: name }).click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

// Put a dialog where the pages' styles reach it, and remove it once it is closed.
function present(dialog) {
  dialog.addEventListener('close', () => dialog.remove());
  document.querySelector('.gradio-container .contain').append(dialog);
  dialog.showModal();
  return dialog;
}

// Show something at length, to be closed again. Reading begins at its heading.
export function openDialog(name, ...content) {
  const dialog = make('dialog', { class: 'dialog wide', 'aria-label': name }, ...content,
    make('form', { method: 'dialog', class: 'buttons' }, make('button', { class: 'button', text: 'Close' })));
  const heading = dialog.querySelector('h2, h3');
  if (heading) Object.assign(heading, { tabIndex: -1, autofocus: true });
  dialog.addEventListener('click', (event) => { if (event.target === dialog) dialog.close(); });
  return present(dialog);
}

// Ask before something that cannot be taken back; true when it was confirmed.
export function confirm(title, ...content) {
  return new Promise((resolve) => {
    const dialog = make('dialog', { class: 'dialog', 'aria-labelledby': 'dialog-title' },
      make('form', { method: 'dialog' },
        make('h2', { id: 'dialog-title', text: title }), ...content,
        make('div', { class: 'buttons' },
          make('button', { type: 'button', class: 'button', text: 'Cancel', onclick: () => dialog.close() }),
          make('button', { value: 'yes', class: 'button primary', text: title }))));
    dialog.addEventListener('close', () => resolve(dialog.returnValue === 'yes'));
    present(dialog);
  });
}

// Chosen bars, one per name: {name: count}.
export function bars(label, counts, names = Object.keys(counts), word = (name) => name) {
  const most = Math.max(1, ...names.map((name) => counts[name] ?? 0));
  return make('ol', { class: 'bars counts', 'aria-label': label }, ...names.map((name) => {
    const count = counts[name] ?? 0;
    const fill = make('span', { class: 'fill' });
    fill.style.width = `${(100 * count) / most}%`;
    return make('li', {}, make('span', { text: word(name) }),
      make('span', { class: 'track' }, fill), make('span', { class: 'share', text: number(count) }));
  }));
}

// A drawing as a link, and as a picture. The link carries the strokes themselves after
// its #, which browsers send to nobody: nothing is stored.
import { save } from './common.js';

const PREFIX = '#drawing=';
const WIDTHS = [14, 22, 32];
const MOST_CHARACTERS = 16_000;
const MOST_STROKES = 200;
const MOST_POINTS = 20_000;
// Where a hand may slip to beyond the edge of the pad, in pads.
const FARTHEST = 2;
const UNIT = 2; // steps per unit of the pad

export const isDrawing = (hash) => hash.startsWith(PREFIX);

// Each stroke: its width, its number of points, and the steps from point to point, as
// numbers of 7 bits a byte (small steps in both directions first: zigzag).
export function encode(strokes) {
  const bytes = [];
  const add = (value) => {
    for (; value > 127; value >>>= 7) bytes.push((value & 127) | 128);
    bytes.push(value);
  };
  for (const { width, points } of strokes) {
    add(width);
    add(points.length);
    let last = [0, 0];
    for (const point of points) {
      const now = point.map((value) => Math.round(UNIT * value));
      now.forEach((value, i) => add(((value - last[i]) << 1) ^ ((value - last[i]) >> 31)));
      last = now;
    }
  }
  const text = btoa(bytes.map((byte) => String.fromCharCode(byte)).join(''));
  return text.replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
}

// The strokes, or null when the text is none of ours.
export function decode(text, side) {
  if (!/^[A-Za-z0-9_-]+$/.test(text) || text.length > MOST_CHARACTERS) return null;
  let bytes;
  try {
    bytes = atob(text.replaceAll('-', '+').replaceAll('_', '/'));
  } catch {
    return null;
  }
  let place = 0;
  let total = 0;
  const take = () => {
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      if (place >= bytes.length) return NaN;
      const byte = bytes.charCodeAt(place);
      place += 1;
      value |= (byte & 127) << shift;
      if (byte < 128) return value;
    }
    return NaN;
  };
  const step = () => {
    const value = take();
    return Number.isNaN(value) ? NaN : (value >>> 1) ^ -(value & 1);
  };
  const strokes = [];
  while (place < bytes.length) {
    const width = take();
    const count = take();
    total += count;
    if (!WIDTHS.includes(width) || !(count > 0) || !(total <= MOST_POINTS)) return null;
    const points = [];
    let [x, y] = [0, 0];
    for (let i = 0; i < count; i += 1) {
      x += step();
      y += step();
      if (!(Math.abs(x) <= FARTHEST * side * UNIT && Math.abs(y) <= FARTHEST * side * UNIT)) return null;
      points.push([x / UNIT, y / UNIT]);
    }
    strokes.push({ width, points });
    if (strokes.length > MOST_STROKES) return null;
  }
  return strokes.length ? strokes : null;
}

export function start(element) {
  const share = element.querySelector('.sharing');
  const status = share.querySelector('[role=status]');
  const field = share.querySelector('input');
  let opening = false;
  const tell = (text) => {
    status.textContent = text;
    field.hidden = true;
  };

  async function copyLink() {
    const text = encode(element.pad.strokes());
    if (text.length > MOST_CHARACTERS) {
      return tell('This drawing is too long for a link; copy the picture instead.');
    }
    const link = new URL(PREFIX + text, document.baseURI).href;
    try {
      await navigator.clipboard.writeText(link);
      return tell('Link copied. It holds the drawing itself; nothing was stored.');
    } catch {
      // Browsers keep the clipboard from pages that came without encryption.
      tell('Copy this link. It holds the drawing itself; nothing was stored.');
      field.value = link;
      field.hidden = false;
      field.select();
      return undefined;
    }
  }

  async function copyPicture() {
    const blob = toBlob(element.pad.drawing());
    try {
      await navigator.clipboard.write([new ClipboardItem({ 'image/png': blob })]);
      tell('Picture copied.');
    } catch {
      save('digit.png', blob);
      tell('Picture saved as digit.png.');
    }
  }

  function open() {
    const strokes = decode(location.hash.slice(PREFIX.length), element.pad.SIDE);
    if (strokes) {
      opening = true;
      element.pad.show(strokes);
      opening = false;
      tell('Opened from a link.');
    } else {
      tell('This link holds no drawing that can be read; ask for it again.');
    }
  }

  share.querySelector('[data-do=link]').addEventListener('click', copyLink);
  share.querySelector('[data-do=picture]').addEventListener('click', copyPicture);
  element.addEventListener('drawn', () => {
    tell('');
    // What the address says is no longer what is drawn.
    if (!opening && isDrawing(location.hash)) history.replaceState(null, '', location.pathname + location.search);
  });
  if (isDrawing(location.hash)) open();
  return open;
}

// The page's rules allow no fetch of data URLs.
function toBlob(address) {
  const bytes = atob(address.split(',')[1]);
  return new Blob([Uint8Array.from(bytes, (byte) => byte.charCodeAt(0))], { type: 'image/png' });
}

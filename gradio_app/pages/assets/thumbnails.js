// Small pictures of pictures, painted when they come into sight; photographs are made
// smaller while they are decoded.
import { make } from './common.js';

const SIDE = 56;

async function paint(canvas, file) {
  try {
    const picture = await createImageBitmap(file, { resizeWidth: 2 * SIDE, resizeQuality: 'medium' });
    canvas.width = 2 * SIDE;
    canvas.height = Math.max(1, Math.round((canvas.width * picture.height) / picture.width));
    if (canvas.height > 4 * SIDE) canvas.height = 4 * SIDE;
    canvas.getContext('2d').drawImage(picture, 0, 0, canvas.width, canvas.height);
    picture.close();
  } catch {
    canvas.replaceWith(make('span', { class: 'thumbnail none', 'aria-hidden': 'true', text: '?' }));
  }
}
const seen = new IntersectionObserver((entries) => {
  for (const { isIntersecting, target } of entries) {
    if (!isIntersecting) continue;
    seen.unobserve(target);
    paint(target, target.file);
  }
}, { rootMargin: '300px' });

export function makeThumbnail(file) {
  const canvas = make('canvas', { class: 'thumbnail', 'aria-hidden': 'true', width: 1, height: 1 });
  canvas.file = file;
  seen.observe(canvas);
  return canvas;
}

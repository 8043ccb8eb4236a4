// What a page's file fields are given. A page shows before its script has come, so a
// field may hold files already.
export function takeChosen(root, take) {
  root.querySelectorAll('input[type=file]').forEach((input) => {
    const choose = () => {
      const chosen = [...input.files];
      input.value = '';
      take(chosen);
    };
    input.addEventListener('change', choose);
    if (input.files.length) choose();
  });
}

// Files dropped anywhere on a page, or pasted into it, while that page shows.
export function takeDrops(page, place, take) {
  const isShown = () => document.documentElement.dataset.page === page;
  document.addEventListener('dragover', (event) => {
    if (!isShown() || !event.dataTransfer.types.includes('Files')) return;
    event.preventDefault();
    place.classList.add('over');
  });
  document.addEventListener('dragleave', (event) => {
    if (!event.relatedTarget) place.classList.remove('over');
  });
  document.addEventListener('drop', (event) => {
    place.classList.remove('over');
    if (!isShown()) return;
    event.preventDefault();
    take(event.dataTransfer);
  });
  document.addEventListener('paste', (event) => {
    if (isShown() && event.clipboardData.files.length) take(event.clipboardData);
  });
}

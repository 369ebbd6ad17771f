'use strict';
// Tables that sort by their heads and are searched; a picture that is moved and zoomed.
for (const button of document.querySelectorAll('th button')) {
  button.addEventListener('click', () => {
    const head = button.parentElement, table = head.closest('table'), at = head.cellIndex;
    const down = head.getAttribute('aria-sort') === 'ascending';
    for (const one of table.querySelectorAll('th[aria-sort]')) one.removeAttribute('aria-sort');
    head.setAttribute('aria-sort', down ? 'descending' : 'ascending');
    const key = (row) => {
      const cell = row.cells[at];
      return cell.dataset.sort === undefined ? cell.textContent : Number(cell.dataset.sort);
    };
    const order = (one, other) => {
      const a = key(one), b = key(other);
      return typeof a === 'number' && typeof b === 'number' ? a - b : String(a).localeCompare(String(b));
    };
    const rows = Array.from(table.tBodies[0].rows).sort(order);
    if (down) rows.reverse();
    table.tBodies[0].append(...rows);
  });
}
const find = document.getElementById('find');
find.addEventListener('input', () => {
  const wanted = find.value.trim().toLowerCase();
  for (const row of document.querySelectorAll('tbody tr')) {
    row.hidden = wanted !== '' && !row.textContent.toLowerCase().includes(wanted);
  }
});
const svg = document.querySelector('#picture svg');
const whole = svg.viewBox.baseVal, first = [whole.x, whole.y, whole.width, whole.height];
const show = (box) => svg.setAttribute('viewBox', box.join(' '));
let box = first.slice(), held = null;
const scale = () => {
  const seen = svg.getBoundingClientRect();
  return Math.max(box[2] / seen.width, box[3] / seen.height);
};
svg.addEventListener('wheel', (event) => {
  event.preventDefault();
  const by = event.deltaY > 0 ? 1.15 : 1 / 1.15, seen = svg.getBoundingClientRect();
  const x = (event.clientX - seen.left) / seen.width, y = (event.clientY - seen.top) / seen.height;
  const wide = Math.min(Math.max(box[2] * by, first[2] / 40), first[2] * 3), tall = (wide * box[3]) / box[2];
  box = [box[0] + (box[2] - wide) * x, box[1] + (box[3] - tall) * y, wide, tall];
  show(box);
}, { passive: false });
svg.addEventListener('pointerdown', (event) => { held = [event.clientX, event.clientY]; svg.setPointerCapture(event.pointerId); });
svg.addEventListener('pointermove', (event) => {
  if (!held) return;
  const by = scale();
  box[0] -= (event.clientX - held[0]) * by;
  box[1] -= (event.clientY - held[1]) * by;
  held = [event.clientX, event.clientY];
  show(box);
});
svg.addEventListener('pointerup', () => { held = null; });
svg.addEventListener('dblclick', () => { box = first.slice(); show(box); });

// Cells of grids that are links: a party, with its grade where it has one. Text is only ever text.
(function () {
  const cells = (window.dashAgGridComponentFunctions = window.dashAgGridComponentFunctions || {});
  cells.Party = function (props) {
    const make = window.React.createElement;
    const row = props.data, field = props.colDef.field;
    const grade = row[field + '_grade'], link = row[field + '_link'];
    const words = row[field + '_words'];
    const kind = grade === 'NR' ? 'nr' : String(grade).charAt(0).toLowerCase();
    const badge = grade
      ? make('span', { className: 'grade s ' + kind, role: 'img', 'aria-label': words, title: words }, grade)
      : null;
    const name = link ? make('a', { href: link, tabIndex: -1 }, props.value) : props.value;
    return make('span', { className: 'party' }, badge, name);
  };
  // Enter in a cell does what a click on its link would.
  document.addEventListener('keydown', function (event) {
    const cell = document.activeElement;
    if (event.key !== 'Enter' || !cell || !cell.classList.contains('ag-cell')) return;
    const link = cell.querySelector('a[href]');
    if (link) { event.preventDefault(); event.stopPropagation(); link.click(); }
  }, true);
})();

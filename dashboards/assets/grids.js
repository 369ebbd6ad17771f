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
  const clientside = (window.dash_clientside = window.dash_clientside || {});
  const NARROW = 820;
  clientside.grids = {
    // The columns that are chosen; a narrow screen has no room for one that stays while others pass.
    show: function (shown, columns) {
      return columns.map((one) => {
        const made = Object.assign({}, one, { hide: !shown.includes(one.field) });
        if (made.pinned && window.innerWidth < NARROW) made.pinned = null;
        return made;
      });
    },
    // Called when rows change; an order that leaves the rows where they were is told by the grid alone.
    remember: function (_rows, shown) {
      chosen = shown;
      const api = window.dash_ag_grid && window.dash_ag_grid.getApi('grid');
      if (!api) return;
      if (!heard.has(api)) {
        heard.add(api);
        api.addEventListener('sortChanged', () => keep(api));
      }
      keep(api);
      count(api);
    },
  };
  // A filter leaves rows out, of the files, too: wherever a page has words for it, it is said.
  function count(api) {
    if (api.isDestroyed()) return;
    let all = 0;
    api.forEachNode(() => { all += 1; });
    const shown = api.getDisplayedRowCount();
    document.querySelectorAll('[data-rows-shown]').forEach((one) => {
      const words = one.dataset.rowsShown.replace('{shown}', shown).replace('{all}', all);
      one.textContent = shown < all ? words : '';
    });
  }
  // How the grid stands, behind the ids in the address: a link opens it so for somebody else.
  const heard = new WeakSet();
  let chosen = [];
  function keep(api) {
    // A grid that another day has taken the place of has no columns any more.
    if (api.isDestroyed() || window.location.pathname !== '/portfolio') return;
    const columns = api.getColumnState();
    const sorts = columns
      .filter((one) => one.sort)
      .sort((one, other) => one.sortIndex - other.sortIndex)
      .map((one) => [one.colId, one.sort]);
    const left = {};
    if (sorts.length) left.sorts = sorts;
    const filters = api.getFilterModel();
    if (Object.keys(filters).length) left.filters = filters;
    const hidden = columns.map((one) => one.colId).filter((one) => !chosen.includes(one));
    if (hidden.length) left.hidden = hidden;
    const ids = window.location.hash.split(';')[0];
    const more = Object.keys(left).length ? ';' + encodeURIComponent(JSON.stringify(left)) : '';
    const now = window.location.pathname + window.location.search + ids + more;
    // Replaced, not pushed: the page is the same one, and nobody is told.
    if (window.location.hash !== ids + more) window.history.replaceState({}, '', now);
  }
  // Enter in a cell does what a click on its link would.
  document.addEventListener('keydown', function (event) {
    const cell = document.activeElement;
    if (event.key !== 'Enter' || !cell || !cell.classList.contains('ag-cell')) return;
    const link = cell.querySelector('a[href]');
    if (link) { event.preventDefault(); event.stopPropagation(); link.click(); }
  }, true);
})();

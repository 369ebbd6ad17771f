// From the search field to a page without a mouse: "/" goes there, arrows choose, Enter opens.
(function () {
  function links() {
    return Array.from(document.querySelectorAll('#suggestions a.suggestion'));
  }
  function choose(step) {
    const all = links();
    if (!all.length) return;
    const now = all.findIndex((one) => one.classList.contains('chosen'));
    all.forEach((one) => { one.classList.remove('chosen'); one.removeAttribute('aria-selected'); });
    const next = all[(now + step + all.length) % all.length];
    next.classList.add('chosen');
    next.setAttribute('aria-selected', 'true');
    next.scrollIntoView({ block: 'nearest' });
  }
  document.addEventListener('keydown', function (event) {
    const field = document.getElementById('search');
    if (!field) return;
    const typing = ['INPUT', 'TEXTAREA', 'SELECT'].includes(document.activeElement.tagName);
    if (event.key === '/' && !typing && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      field.focus();
    } else if (document.activeElement === field) {
      if (event.key === 'ArrowDown') { event.preventDefault(); choose(1); }
      if (event.key === 'ArrowUp') { event.preventDefault(); choose(-1); }
      if (event.key === 'Escape') { field.blur(); }
      if (event.key === 'Enter') {
        const one = document.querySelector('#suggestions a.chosen') || links()[0];
        if (one) one.click();
      }
    }
  });
  // The cursor stands in the field when a page without a party opens.
  const observer = new MutationObserver(function () {
    const field = document.getElementById('search');
    if (!field) return;
    observer.disconnect();
    field.setAttribute('aria-label', 'Search');
    field.setAttribute('aria-controls', 'suggestions');
    if (window.location.pathname === '/') field.focus();
  });
  observer.observe(document.documentElement, { childList: true, subtree: true });
})();

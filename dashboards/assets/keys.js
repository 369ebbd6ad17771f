// From the search field to a page without a mouse: "/" goes there, arrows choose, Enter opens.
// Links of the dashboard's own change the page in place, as dcc.Link does; others stay links.
(function () {
  const own = /^\/($|\?|company\/|graph\/|portfolio|partners)/;
  let follow = false;

  function links() {
    return Array.from(document.querySelectorAll('#suggestions:not([hidden]) a.suggestion'));
  }
  // Esc closes the list, not the field: it is open again when more is typed or an arrow asks for it.
  function list(shown) {
    document.getElementById('suggestions').hidden = !shown;
  }
  document.addEventListener('input', function (event) {
    if (event.target.id === 'search') list(true);
  });
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
  // The same partners in another language stay sorted and filtered as they were.
  function kept(address) {
    const [ids, left] = window.location.hash.split(';');
    const same = window.location.pathname === '/portfolio' && address.startsWith('/portfolio?');
    return same && left && address.split(';')[0].endsWith(ids) ? address.split(';')[0] + ';' + left : address;
  }
  // The first of what is found, as soon as it is: Enter may come before the answer.
  function first(links, asked, looks) {
    const one = document.querySelector(links);
    const field = document.getElementById('path-to');
    if (one) one.click();
    else if (looks && field && field.value === asked) {
      window.setTimeout(() => first(links, asked, looks - 1), 50);
    }
  }
  // A file that is too large for the server is said to be so.
  function weigh(event) {
    const upload = event.target.closest && event.target.closest('[data-most]');
    const chosen = event.type === 'drop' ? event.dataTransfer && event.dataTransfer.files : event.target.files;
    if (!upload || !chosen) return;
    const large = Array.from(chosen).some((one) => one.size > Number(upload.dataset.most));
    const said = document.getElementById('upload-fault');
    if (said) said.textContent = large ? upload.dataset.tooLarge : '';
  }
  document.addEventListener('change', weigh, true);
  document.addEventListener('drop', weigh, true);
  function open(wanted) {
    const address = kept(wanted);
    follow = true;
    window.history.pushState({}, '', address);
    window.dispatchEvent(new CustomEvent('_dashprivate_pushstate'));
    window.scrollTo(0, 0);
    // What was looked for is found: the field is free for the next.
    window.dash_clientside.set_props('search', { value: '' });
  }
  window.trustgraph = { open: open };
  document.addEventListener('click', function (event) {
    if (event.button || event.ctrlKey || event.metaKey || event.shiftKey || event.altKey) return;
    const link = event.target.closest && event.target.closest('a[href]');
    if (!link || link.target || !own.test(link.getAttribute('href'))) return;
    event.preventDefault();
    open(link.getAttribute('href'));
  });
  document.addEventListener('keydown', function (event) {
    const field = document.getElementById('search');
    if (!field) return;
    const typing = ['INPUT', 'TEXTAREA', 'SELECT'].includes(document.activeElement.tagName);
    const here = document.activeElement === field;
    if (event.key === '/' && (!typing || (here && !field.value)) && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      field.focus();
    } else if (event.key === 'Enter' && document.activeElement.id === 'path-to') {
      first('#path-choices a', document.activeElement.value, 60);
    } else if (here) {
      if (event.key === 'ArrowDown') { event.preventDefault(); list(true); choose(1); }
      if (event.key === 'ArrowUp') { event.preventDefault(); list(true); choose(-1); }
      if (event.key === 'Escape') list(false);
      if (event.key === 'Enter') {
        // Who is only alike is nobody's guess: Enter points at it, and opens it when pressed again.
        const one = links().find((found) => found.classList.contains('chosen')) || links().find((found) => !found.classList.contains('alike'));
        if (one) one.click();
        else choose(1);
      }
    }
  });
  const observer = new MutationObserver(function () {
    const field = document.getElementById('search');
    const content = document.getElementById('content');
    if (!field || !content) return;
    observer.disconnect();
    field.setAttribute('aria-controls', 'suggestions');
    // The cursor stands in the field when the first page opens.
    if (window.location.pathname === '/') field.focus();
    // A field for files says no word of its own: it is called what stands around it.
    new MutationObserver(function () {
      content.querySelectorAll('input[type=file]:not([aria-label])').forEach((one) => {
        one.setAttribute('aria-label', one.parentElement.textContent.trim());
      });
    }).observe(content, { childList: true, subtree: true });
    // A tab, a bookmark and the history are called by what the page is about.
    new MutationObserver(function () {
      const head = content.querySelector('h1');
      const about = head && window.location.pathname !== '/' ? head.firstChild.textContent + ' · ' : '';
      if (document.title !== about + 'trustgraph') document.title = about + 'trustgraph';
    }).observe(content, { childList: true, subtree: true, characterData: true });
    // Whoever followed a link goes on reading where the new page begins.
    new MutationObserver(function () {
      if (!follow || !content.firstElementChild) return;
      follow = false;
      if (window.location.pathname === '/') field.focus();
      else document.getElementById('main').focus({ preventScroll: true });
    }).observe(content, { childList: true });
  });
  observer.observe(document.documentElement, { childList: true, subtree: true });
})();

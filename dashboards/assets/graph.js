// The picture of a graph: where it begins on a narrow screen, and how it is made larger and smaller.
//
// On a narrow screen a whole graph would be too small for names: it begins around its middle, at a
// size that can be read, and is moved about from there.
(function () {
  const NARROW = 700;
  const READ = 0.74;
  const STEP = 1.35;
  const EDGE = 40;
  let known = null;
  function drawn() {
    const pane = document.getElementById('graph');
    return (pane && pane._cyreg && pane._cyreg.cy) || null;
  }
  function near(cy) {
    const middle = cy.$('.centre');
    if (window.innerWidth >= NARROW || cy.zoom() >= READ || !middle.length) return;
    cy.zoom(READ);
    cy.center(middle);
  }
  new MutationObserver(function () {
    const cy = drawn();
    if (!cy || cy === known) return;
    known = cy;
    cy.on('layoutstop', () => near(cy));
    near(cy);
  }).observe(document.documentElement, { childList: true, subtree: true });
  function zoom(cy, times, at) {
    cy.zoom({ level: cy.zoom() * times, renderedPosition: at });
  }
  document.addEventListener('click', function (event) {
    const button = event.target.closest && event.target.closest('[data-zoom]');
    const cy = button && drawn();
    if (!cy) return;
    const middle = { x: cy.width() / 2, y: cy.height() / 2 };
    if (button.dataset.zoom === 'fit') cy.fit(undefined, EDGE);
    else zoom(cy, button.dataset.zoom === 'in' ? STEP : 1 / STEP, middle);
  });
  // With Ctrl, as on maps: the wheel alone scrolls the page. (A pinch on a touchpad comes as this.)
  document.addEventListener('wheel', function (event) {
    const pane = event.target.closest && event.target.closest('#graph');
    const cy = pane && drawn();
    if (!cy || !(event.ctrlKey || event.metaKey)) return;
    event.preventDefault();
    const box = pane.getBoundingClientRect();
    const lines = event.deltaMode === 1 ? 33 : 1;
    const turned = Math.max(-100, Math.min(100, event.deltaY * lines));
    zoom(cy, Math.pow(10, -turned / 500), { x: event.clientX - box.left, y: event.clientY - box.top });
  }, { passive: false, capture: true });
  // Two fingers zoom; a mouse beside them does not.
  document.addEventListener('touchstart', () => { const cy = drawn(); if (cy) cy.userZoomingEnabled(true); }, true);
  document.addEventListener('touchend', function (event) {
    const cy = drawn();
    if (cy && !event.touches.length) cy.userZoomingEnabled(false);
  }, true);
})();

// On a narrow screen a whole graph would be too small for names: it begins around its middle, at a
// size that can be read, and is moved about from there.
(function () {
  const NARROW = 700;
  const READ = 0.74;
  let known = null;
  function near(cy) {
    const middle = cy.$('.centre');
    if (window.innerWidth >= NARROW || cy.zoom() >= READ || !middle.length) return;
    cy.zoom(READ);
    cy.center(middle);
  }
  new MutationObserver(function () {
    const pane = document.getElementById('graph');
    const cy = pane && pane._cyreg && pane._cyreg.cy;
    if (!cy || cy === known) return;
    known = cy;
    cy.on('layoutstop', () => near(cy));
    near(cy);
  }).observe(document.documentElement, { childList: true, subtree: true });
})();

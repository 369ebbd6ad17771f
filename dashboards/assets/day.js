// The day that is looked at, in the browser's own field for days: its calendar, its keys, no nonsense.
(function () {
  let waiting = null;
  function choose(field) {
    clearTimeout(waiting);
    // While a year is typed it is one of long ago.
    if (field.value && field.value >= '1900') {
      // With what stands behind the #: how a grid was left is written there unbeknown to dash.
      const chosen = { day: field.value, mark: window.location.hash };
      window.dash_clientside.set_props('day-chosen', { data: chosen });
    }
  }
  function fill(place) {
    let field = place.querySelector('input');
    if (!field) {
      field = document.createElement('input');
      field.type = 'date';
      field.id = 'day';
      field.addEventListener('change', function () {
        clearTimeout(waiting);
        waiting = setTimeout(() => choose(field), 700);
      });
      field.addEventListener('keydown', function (event) {
        if (event.key === 'Enter') choose(field);
      });
      place.appendChild(field);
    }
    field.max = place.dataset.last;
    if (place.dataset.shown !== place.dataset.day || document.activeElement !== field) {
      field.value = place.dataset.day;
    }
    place.dataset.shown = place.dataset.day;
  }
  new MutationObserver(function (changes) {
    const place = document.getElementById('day-field');
    if (!place) return;
    const stands = place.querySelector('input');
    if (!stands || changes.some((one) => one.target === place && one.attributeName === 'data-day')) {
      fill(place);
    }
  }).observe(document.documentElement, {
    childList: true, subtree: true, attributes: true, attributeFilter: ['data-day'],
  });
})();

// Says beside each slider where it stands.
(function () {
  "use strict";
  document.addEventListener("input", function (event) {
    if (event.target.type !== "range") return;
    var said = document.querySelector('output[for="' + event.target.id + '"]');
    var value = Number(event.target.value), signed = said.dataset.unit !== "sessions";
    said.textContent = (value < 0 ? "−" : signed && value > 0 ? "+" : "") + Math.abs(value) + " " + said.dataset.unit;
  });
})();

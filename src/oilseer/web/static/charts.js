// Draws every figure of the page in its colours, and again when they change: light, dark, print.
(function () {
  "use strict";
  var LIGHT = { text: "#1b1f24", grid: "#d8dee4", paper: "#ffffff", blue: "#0072B2" };
  var figures = [];
  function collect() {
    figures = Array.prototype.map.call(document.querySelectorAll("script.figure"), function (script) {
      return { place: document.getElementById("chart-" + script.dataset.chart), figure: JSON.parse(script.textContent) };
    });
  }
  function colours(printing) {
    if (printing) return LIGHT;
    var style = getComputedStyle(document.documentElement);
    function of(name) { return style.getPropertyValue(name).trim(); }
    return { text: of("--text"), grid: of("--grid"), paper: of("--paper"), blue: of("--strong") };
  }
  function filled(value, palette) {
    if (typeof value === "string" && /^[@#].+\/[\d.]+$/.test(value)) {
      var parts = value.split("/"), hex = filled(parts[0], palette);
      var rgb = [1, 3, 5].map(function (i) { return parseInt(hex.slice(i, i + 2), 16); });
      return "rgba(" + rgb.join(",") + "," + parts[1] + ")";
    }
    if (typeof value === "string" && value.charAt(0) === "@") return palette[value.slice(1)] || value;
    if (Array.isArray(value)) return value.map(function (item) { return filled(item, palette); });
    if (value && typeof value === "object") {
      var copy = {};
      Object.keys(value).forEach(function (key) { copy[key] = filled(value[key], palette); });
      return copy;
    }
    return value;
  }
  function draw(printing, onlyNew) {
    var palette = colours(printing);
    figures.forEach(function (one) {
      if (!one.place || (onlyNew && one.place.classList.contains("js-plotly-plot"))) return;
      var figure = filled(one.figure, palette);
      (figure.layout.annotations || []).forEach(function (mark) {
        if (mark.textangle) mark.font.size = Math.min(52, Math.round(one.place.clientWidth / 10));
      });
      if (printing) { figure.layout.width = 680; figure.layout.height = 300; }
      Plotly.react(one.place, figure.data, figure.layout, { displayModeBar: false, responsive: !printing, displaylogo: false });
    });
  }
  collect();
  draw(false);
  document.addEventListener("swapped", function () { collect(); draw(false, true); });  // parts of the page came anew
  window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", function () { draw(false); });
  window.addEventListener("beforeprint", function () { draw(true); });
  window.addEventListener("afterprint", function () { draw(false); });
  document.documentElement.dataset.drawn = "true";
})();

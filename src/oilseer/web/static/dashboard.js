// Live parts of the dashboard: gauges of the Big 8, whether it can be acted on, and that there is a new forecast.
(function () {
  "use strict";
  function age(minutes) {
    var parts = minutes < 120 ? [minutes, "minute"] : minutes < 2880 ? [minutes / 60, "hour"] : [minutes / 1440, "day"];
    var count = Math.round(parts[0]);
    return count.toLocaleString("en") + " " + parts[1] + (count === 1 ? "" : "s");
  }
  function side(score) {
    if (Math.round(score) === 50) return "neutral";
    return score > 50 ? "▲ for higher" : "▼ for lower";
  }
  function gauge(place, row) {
    var card = place.querySelector('[data-bucket="' + row.bucket + '"]');
    var bar = card && card.querySelector(".fill");
    if (!bar || row.score === null) return;
    card.querySelector(".score").textContent = row.score.toFixed(0);
    card.querySelector(".side").textContent = side(row.score);
    bar.setAttribute("x", Math.min(row.score, 50));
    bar.setAttribute("width", Math.abs(row.score - 50));
    var old = card.querySelector(".age");
    if (old && row.input_age_minutes !== null) old.textContent = age(row.input_age_minutes);
  }
  document.addEventListener("live", function (event) {
    var place = event.target, told = event.detail;
    if (place.id === "big8" && told.as_of_date === place.dataset.asOf && told.live.length && document.getElementById("big8-at")) {
      told.live.forEach(function (row) { gauge(place, row); });
      document.getElementById("big8-at").textContent = told.live[0].observed_at.slice(0, 16).replace("T", " ") + " UTC";
    }
    if (place.id === "published") place.hidden = !told || told.run_id === place.dataset.run;
    if (place.id === "health") {
      place.className = "lead " + (told.healthy ? "good" : "bad");
      place.textContent = told.healthy ? "✓ It can be acted on." : "✗ Not to be acted on: " + told.why.join("; ") + ".";
    }
  });
})();

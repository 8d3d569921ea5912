// Live parts: an element with data-live="NAME" gets the server's event NAME as a DOM event "live" with its data.
(function () {
  "use strict";
  var places = document.querySelectorAll("[data-live]");
  if (!places.length || !window.EventSource) return;
  var names = {};
  places.forEach(function (place) { (names[place.dataset.live] = names[place.dataset.live] || []).push(place); });
  var source = new EventSource("/api/v1/events");
  Object.keys(names).forEach(function (name) {
    source.addEventListener(name, function (event) {
      var told = JSON.parse(event.data);
      names[name].forEach(function (place) {
        place.dispatchEvent(new CustomEvent("live", { detail: told, bubbles: true }));
      });
    });
  });
  document.addEventListener("live", function (event) {
    if (event.target.id !== "state") return;
    var told = event.detail;
    event.target.className = "lead " + (told.healthy ? "good" : "bad");
    event.target.textContent = told.healthy ? "Yes." : "No: " + told.why.join("; ") + ".";
  });
})();

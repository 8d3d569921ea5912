// A form or link with data-swap="ID ID" shows its answer in those parts of this page, which come anew; figures too.
// With data-auto a form is sent at each change. Whatever goes wrong, the browser does it the usual way.
(function () {
  "use strict";
  var latest = 0;
  function parts(element) { return element.dataset.swap.split(" "); }
  function busy(ids, is) {
    ids.forEach(function (id) {
      var part = document.getElementById(id);
      if (part) part.setAttribute("aria-busy", is);
    });
  }
  function show(text, ids) {
    var whole = new DOMParser().parseFromString(text, "text/html");
    if (!ids.every(function (id) { return whole.getElementById(id) && document.getElementById(id); })) return false;
    ids.forEach(function (id) {
      var old = document.getElementById(id);
      var held = old.contains(document.activeElement) ? document.activeElement.id : "";
      old.querySelectorAll(".js-plotly-plot").forEach(function (place) { Plotly.purge(place); });
      old.replaceWith(document.importNode(whole.getElementById(id), true));
      if (held && document.getElementById(held)) document.getElementById(held).focus();
    });
    whole.querySelectorAll("script.figure").forEach(function (figure) {
      var old = document.querySelector('script.figure[data-chart="' + figure.dataset.chart + '"]');
      if (old) old.textContent = figure.textContent;
      else document.body.appendChild(document.importNode(figure, true));
    });
    document.dispatchEvent(new Event("swapped"));
    return true;
  }
  function ask(url, options, ids, usual) {
    var turn = ++latest;
    busy(ids, true);
    fetch(url, options).then(function (answer) { return answer.text(); }).then(function (text) {
      if (turn !== latest) return;
      if (!show(text, ids)) { usual(); return; }
      if (!options) remember(url);
    }).catch(usual).finally(function () { if (turn === latest) busy(ids, false); });
  }
  function remember(url) {
    history.replaceState(null, "", url);
    new URL(url, location.href).searchParams.forEach(function (value, name) {
      document.querySelectorAll('input[type=hidden][name="' + name + '"]').forEach(function (field) { field.value = value; });
    });
  }
  document.addEventListener("submit", function (event) {
    var form = event.target, button = event.submitter;
    if (!form.dataset.swap || (button && button.name === "format")) return;
    event.preventDefault();
    var fields = new URLSearchParams(new FormData(form, button));
    function usual() { HTMLFormElement.prototype.submit.call(form); }
    if (form.method === "post") ask(form.action, { method: "POST", body: fields }, parts(form), usual);
    else ask(form.action.split("#")[0] + "?" + fields, undefined, parts(form), usual);
  });
  document.addEventListener("click", function (event) {
    var link = event.target.closest("a[data-swap]");
    if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    ask(link.href.split("#")[0], undefined, parts(link), function () { location.href = link.href; });
  });
  var soon;
  document.addEventListener("change", function (event) {
    var form = event.target.form;
    if (!form || !form.dataset.swap || !("auto" in form.dataset) || !form.checkValidity()) return;
    clearTimeout(soon);  // a slider held down, or a date typed, asks once
    soon = setTimeout(function () { if (form.isConnected) form.requestSubmit(); }, 300);
  });
})();

// The query page: Ctrl+Enter asks, and a short query goes into the address, so that it can be kept and shared.
"use strict";
const LONGEST_ADDRESS = 6000; // the server takes some 8,000 characters
const form = document.getElementById("ask");
const area = document.getElementById("query");
form.addEventListener("submit", (event) => {
  const fits = encodeURIComponent(area.value).length < LONGEST_ADDRESS;
  form.method = fits && !event.submitter?.hasAttribute("formaction") ? "get" : "post";
});
area.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    form.requestSubmit();
  }
});

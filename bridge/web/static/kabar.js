// Follows a run by server-sent events; without it the page is reloaded by hand.
"use strict";
const place = document.querySelector("[data-news]");
if (place) {
  const bar = document.createElement("progress");
  const numbers = new Intl.NumberFormat(document.documentElement.lang);
  const news = new EventSource(place.dataset.news);
  news.addEventListener("progress", (event) => {
    const told = JSON.parse(event.data);
    const counted = told.total ? `${numbers.format(told.done)} / ${numbers.format(told.total)}` : told.done ? numbers.format(told.done) : "";
    place.textContent = counted ? `${told.words}: ${counted}` : told.words;
    if (told.total) {
      bar.max = told.total;
      bar.value = Math.min(told.done, told.total);
    } else {
      bar.removeAttribute("value");
    }
    if (!bar.isConnected) {
      bar.setAttribute("aria-hidden", "true");
      place.after(bar);
    }
  });
  news.addEventListener("end", () => {
    news.close();
    location.reload();
  });
}

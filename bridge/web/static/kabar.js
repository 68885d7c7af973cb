// Follows a run by server-sent events; without it the page is reloaded by hand.
"use strict";
const place = document.querySelector("[data-news]");
if (place) {
  const news = new EventSource(place.dataset.news);
  news.addEventListener("progress", (event) => {
    const told = JSON.parse(event.data);
    place.textContent = told.total ? `${told.stage}: ${told.done} / ${told.total}` : `${told.stage}: ${told.done}`;
  });
  news.addEventListener("end", () => {
    news.close();
    location.reload();
  });
}

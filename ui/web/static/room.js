// The little that the page does in the browser: it tells the rooms which conversation is open, when a turn has ended,
// and carries presses of marked buttons. What a press does is decided on the server.
"use strict";

const room = {
  key: "",
  client: "",

  // A conversation was opened: every room shows it from now on.
  opened(key, client) {
    room.key = key;
    room.client = client;
    document.body.dataset.client = client;
    document.body.classList.toggle("ct-about", key !== "" && (client !== "" || document.body.dataset.role === "shopper"));
    htmx.process(document.body);
    document.body.dispatchEvent(new CustomEvent("room:opened"));
    if (!room.started) room.start();
  },

  start() {
    room.started = true;
    document.querySelector("[data-tab].ct-first")?.click();
  },

  // A turn has ended: what shows the conversation's state looks again.
  turned() {
    document.body.dispatchEvent(new CustomEvent("room:turned"));
  },

  // Say something in the conversation, as if it were typed.
  say(text) {
    const box = document.querySelector("#ct-box textarea");
    room.type(box, text);
    document.querySelector("#ct-send").click();
    room.show("talk");
  },

  // Open a conversation about a client; "" is the whole book.
  open(client) {
    room.type(document.querySelector("#ct-wanted textarea, #ct-wanted input"), client);
    setTimeout(() => document.querySelector("#ct-open").click(), 50);
  },

  // The conversation was changed on the server: show it again.
  refresh() {
    document.querySelector("#ct-refresh").click();
  },

  type(box, text) {
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
  },

  // Where both do not fit side by side: "talk" or "stage".
  show(what) {
    document.body.dataset.shown = what;
  },

  // Tell everybody, screen readers too.
  tell(text, wrong) {
    const line = document.getElementById("ct-told");
    if (!line) return;
    line.textContent = text;
    line.classList.toggle("ct-wrong", Boolean(wrong));
    line.hidden = false;
    clearTimeout(room.telling);
    room.telling = setTimeout(() => { line.hidden = true; line.textContent = ""; }, 6000);
  },

  // Send a press of a button with data-post to the server; the answer is JSON {pressed?, say?, changed?}.
  async post(button) {
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(button.dataset)) if (name !== "post") form.set(name, value);
    button.disabled = true;
    try {
      const answer = await fetch(button.dataset.post, { method: "POST", body: form, headers: { "X-Talk": room.key } });
      if (!answer.ok) return room.tell((await answer.text()).replace(/<[^>]*>/g, " ").trim(), true);
      const told = await answer.json();
      if ("pressed" in told) button.setAttribute("aria-pressed", String(told.pressed));
      if (told.say) room.tell(told.say);
      document.body.dispatchEvent(new CustomEvent("room:changed"));
    } catch {
      room.tell("The boutique's server does not answer. Check the connection and try again.", true);
    } finally {
      button.disabled = false;
    }
  },
};

document.addEventListener("click", (event) => {
  const pressed = event.target.closest("[data-post], [data-say], [data-open], [data-show], [data-tab]");
  if (!pressed) return;
  if (pressed.dataset.post) room.post(pressed);
  if (pressed.dataset.say) room.say(pressed.dataset.say);
  if (pressed.dataset.open !== undefined) room.open(pressed.dataset.open);
  if (pressed.dataset.show) room.show(pressed.dataset.show);
  if (pressed.dataset.tab) {
    for (const tab of document.querySelectorAll("[data-tab]"))
      tab.toggleAttribute("aria-current", tab === pressed);
    room.show("stage");
  }
});

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-Talk"] = room.key;
});
document.addEventListener("htmx:beforeSwap", (event) => {
  // A refusal is one line and is shown where the room would have been.
  if (event.detail.xhr.status >= 400 && event.detail.xhr.status < 600) event.detail.shouldSwap = true;
  if (event.detail.xhr.status === 401) location.href = "/login";
});
document.addEventListener("htmx:sendError", () =>
  room.tell("The boutique's server does not answer. Check the connection and try again.", true));
htmx.config.includeIndicatorStyles = false;
htmx.config.allowEval = false;
htmx.config.selfRequestsOnly = true;
htmx.config.historyEnabled = false;

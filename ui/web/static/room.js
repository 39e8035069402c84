// The little that the page does in the browser: which conversation and which room are open, presses of marked buttons,
// the address, and where the keyboard is. What a press does is decided on the server.
"use strict";

const room = {
  key: "", // of the conversation on show
  client: "", // whom it is about; "" is the whole book, or the shopper themselves
  now: "", // the room on show
  asked: null, // [client, key] that the next opened conversation was asked for with
  next: "", // the room to show once the conversation asked for is open

  // ---- conversations -------------------------------------------------------------------------------------------

  // Gradio asks this before it opens a conversation: whom it is about, and the key it had in this tab, if any.
  wanted() {
    if (!room.asked) {
      const place = room.place();
      room.next = place.room;
      room.asked = [place.client, room.keys()[place.client] || ""];
    }
    return room.asked;
  },

  // Open the conversation about a client; "" is the whole book.
  open(client, next) {
    if (client === room.client && room.key) return room.go(next || room.home(client));
    room.asked = [client, room.keys()[client] || ""];
    room.next = next || room.home(client);
    document.querySelector("#ct-open").click();
  },

  // Begin the conversation anew, about the same client.
  anew() {
    room.asked = [room.client, ""];
    room.next = room.now;
    document.querySelector("#ct-open").click();
  },

  // A conversation was opened: header and rooms show it from now on.
  opened(key, client) {
    const first = !room.key;
    room.key = key;
    room.client = client;
    sessionStorage.setItem("ct-keys", JSON.stringify({ ...room.keys(), [client]: key }));
    if (first) room.start();
    htmx.ajax("GET", "/room/header", "#ct-header");
    document.body.dispatchEvent(new CustomEvent("room:opened"));
    setTimeout(room.drawn, 500); // a conversation that goes on, once Gradio has drawn it
    const next = room.next || room.home(client);
    room.next = "";
    if (next !== room.now) room.go(next);
    else room.address();
  },

  start() {
    const { role } = document.getElementById("ct-header").dataset;
    document.body.dataset.role = role;
    document.body.dataset.shown = role === "shopper" ? "talk" : "stage";
    document.body.dataset.talk = sessionStorage.getItem("ct-talk") || "open";
    document.querySelector("main.contain")?.setAttribute("role", "presentation"); // ours is the stage
    for (const [id, label] of [["ct-talk", "ct-talk-title"], ["ct-stage", ""]])
      if (label) room.named(document.getElementById(id), label);
    htmx.process(document.body);
  },

  named(region, label) {
    region.setAttribute("role", "complementary");
    region.setAttribute("aria-labelledby", label);
  },

  keys: () => JSON.parse(sessionStorage.getItem("ct-keys") || "{}"),

  // The room that opens with a conversation.
  home(client) {
    const { role, first } = document.getElementById("ct-header").dataset;
    return client && role !== "shopper" ? "client" : first;
  },

  // ---- rooms and the address -----------------------------------------------------------------------------------

  place() {
    const asked = new URLSearchParams(location.search);
    return { client: asked.get("client") || "", room: asked.get("room") || "" };
  },

  go(name) {
    return htmx.ajax("GET", `/room/${encodeURIComponent(name)}`, "#ct-stage-body");
  },

  // A room is on show: mark its tab, write the address.
  entered(name) {
    const moved = room.now !== "" && room.now !== name;
    room.now = name;
    document.getElementById("ct-stage").scrollTop = 0;
    room.mark();
    room.address(moved);
  },

  mark() {
    for (const tab of document.querySelectorAll(".ct-rooms [data-tab]"))
      if (tab.dataset.tab === room.now) {
        tab.setAttribute("aria-current", "page");
        // Not scrollIntoView, which would move the whole page on a phone.
        tab.parentElement.scrollLeft = tab.offsetLeft - tab.parentElement.offsetLeft - 40;
        document.title = `${tab.textContent.trim()} · ${room.house()}`;
        const beside = document.querySelector("[data-show=stage]"); // on a phone it is named for what it leads to
        if (beside) beside.textContent = tab.textContent.trim();
      } else tab.removeAttribute("aria-current");
    for (const one of document.querySelectorAll("[data-show]"))
      one.setAttribute("aria-pressed", String(one.dataset.show === document.body.dataset.shown));
  },

  house: () => document.getElementById("ct-header").dataset.house,

  address(moved) {
    const asked = new URLSearchParams();
    if (room.client && document.body.dataset.role !== "shopper") asked.set("client", room.client);
    if (room.now) asked.set("room", room.now);
    const wanted = `?${asked}`;
    if (wanted === location.search) return;
    if (moved) history.pushState(null, "", wanted);
    else history.replaceState(null, "", wanted);
  },

  // ---- the conversation ----------------------------------------------------------------------------------------

  // A turn has ended: what shows the conversation's state looks again.
  turned() {
    room.drawn();
    document.body.dispatchEvent(new CustomEvent("room:turned"));
  },

  // The conversation has been drawn.
  drawn() {
    room.steps();
    room.marks();
  },

  // Gradio puts an arrow that is a button into a title that is one: a second way to the same, without a name.
  steps() {
    for (const arrow of document.querySelectorAll("#ct-chat .thought-group .icon-button")) {
      arrow.disabled = true;
      arrow.setAttribute("aria-hidden", "true");
    }
  },

  // Say something in the conversation, as if it were typed.
  say(text) {
    const box = document.querySelector("#ct-box textarea");
    box.value = text;
    box.dispatchEvent(new Event("input", { bubbles: true }));
    document.querySelector("#ct-send").click();
    room.show("talk");
  },

  // The conversation was changed on the server: show it again.
  refresh() {
    document.querySelector("#ct-refresh").click();
  },

  // Where both do not fit side by side: "talk" or "stage".
  show(what) {
    document.body.dataset.shown = what;
    if (what === "talk") room.fold("open");
    room.mark();
  },

  // Beside the room the conversation can be folded away.
  fold(how) {
    document.body.dataset.talk = how;
    sessionStorage.setItem("ct-talk", how);
  },

  // ---- presses -------------------------------------------------------------------------------------------------

  // Tell everybody, screen readers too.
  tell(text, wrong) {
    const line = document.getElementById("ct-told");
    line.textContent = text;
    line.classList.toggle("ct-wrong", Boolean(wrong));
    clearTimeout(room.telling);
    room.telling = setTimeout(() => { line.textContent = ""; }, wrong ? 9000 : 5000);
  },

  words: (name) => document.getElementById("ct-words")?.dataset[name] || "",

  // Cards in the conversation are drawn once; what is marked on them is the record's to say.
  async marks() {
    if (!room.key || !document.querySelector("#ct-chat [data-mark]")) return;
    const key = room.key;
    const answer = await fetch("/room/marks", { headers: { "X-Talk": key } }).catch(() => null);
    if (!answer?.ok || key !== room.key) return; // the marks of a conversation that was left meanwhile
    const on = await answer.json();
    for (const button of document.querySelectorAll("#ct-chat [data-mark]"))
      button.setAttribute("aria-pressed", String((on[button.dataset.mark] || []).includes(button.dataset.item)));
  },

  // Send a press of a button with data-post to the server; the answer is JSON {pressed?, say?}.
  async post(button) {
    const form = new URLSearchParams();
    for (const [name, value] of Object.entries(button.dataset)) if (name !== "post") form.set(name, value);
    // So that a press that arrives twice is one.
    if (button.dataset.mark && !button.dataset.wanted)
      form.set("wanted", String(button.getAttribute("aria-pressed") !== "true"));
    button.setAttribute("aria-busy", "true");
    try {
      const answer = await fetch(button.dataset.post, { method: "POST", body: form, headers: { "X-Talk": room.key } });
      if (!answer.ok) return room.tell(plain(await answer.text()), true);
      const told = await answer.json();
      if ("pressed" in told) button.setAttribute("aria-pressed", String(told.pressed));
      if (told.say) room.tell(told.say);
      document.body.dispatchEvent(new CustomEvent("room:changed"));
      room.marks();
    } catch {
      room.tell(room.words("offline"), true);
    } finally {
      button.removeAttribute("aria-busy");
    }
  },

  async copy(source) {
    const text = source.value ?? source.innerText;
    try {
      await navigator.clipboard.writeText(text);
      room.tell(room.words("copied"));
    } catch {
      getSelection().selectAllChildren(source); // the browser does not let us: the person copies what is marked
      room.tell(room.words("marked"), true);
    }
  },
};

const plain = (html) => new DOMParser().parseFromString(html, "text/html").body.textContent.trim();

document.addEventListener("click", (event) => {
  const pressed = event.target.closest(
    "[data-post], [data-say], [data-open], [data-show], [data-tab], [data-copy], [data-fold], [data-anew]",
  );
  if (!pressed || pressed.disabled || pressed.getAttribute("aria-busy")) return;
  const { post, say, open, show, tab, copy, fold, anew } = pressed.dataset;
  if (post) room.post(pressed);
  if (say) room.say(say);
  if (open !== undefined) room.open(open, pressed.dataset.room);
  if (show) room.show(show);
  if (copy) room.copy(document.querySelector(copy));
  if (fold) room.fold(fold);
  if (anew !== undefined) room.anew();
  if (tab) room.go(tab);
  if (tab || open !== undefined) room.show("stage");
});

// The page has a base address, so a plain link to a part of it would leave it.
document.addEventListener("click", (event) => {
  if (!event.target.matches(".ct-skip")) return;
  event.preventDefault();
  room.show("stage");
  document.getElementById("ct-stage-body").focus();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-submit]")) event.target.form.requestSubmit();
});

window.addEventListener("popstate", () => {
  const place = room.place();
  if (place.client !== room.client && document.body.dataset.role !== "shopper") room.open(place.client, place.room);
  else if (place.room && place.room !== room.now) room.go(place.room);
});

// ---- htmx: whose conversation, what went wrong, where the keyboard was ---------------------------------------------

let working = 0;
let held = ""; // what the keyboard was on before its surroundings were replaced
const hold = (one) => [one.tagName, one.id, one.name, one.type, one.getAttribute("hx-post"), one.getAttribute("hx-get"),
  one.dataset.post, one.dataset.item, one.ariaLabel || one.textContent.trim()].join("|");

document.addEventListener("chatChanged", () => room.refresh());
document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-Talk"] = room.key;
});
document.addEventListener("htmx:beforeSend", ({ detail }) => {
  working += 1;
  document.body.dataset.working = "";
  // Not htmx:afterRequest, which is lost when what asked has left the page meanwhile.
  detail.xhr.addEventListener("loadend", () => {
    working -= 1;
    if (!working) delete document.body.dataset.working;
  });
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const { xhr, target, requestConfig } = event.detail;
  if (xhr.status === 401) return location.assign("/login");
  if (xhr.status >= 400) {
    // A refused room says so in its place; a refused deed says so in passing, and what was filled in stays.
    event.detail.shouldSwap = requestConfig.verb === "get" && target.id === "ct-stage-body";
    if (!event.detail.shouldSwap) room.tell(plain(xhr.responseText), true);
  }
  held = target.contains(document.activeElement) ? hold(document.activeElement) : "";
});
document.addEventListener("htmx:afterSwap", (event) => {
  const { target, requestConfig } = event.detail;
  if (target.id === "ct-stage-body") room.entered(requestConfig.path.split(/[/?]/)[2] || "");
  if (target.id !== "ct-header") return;
  document.documentElement.lang = room.words("language");
  room.mark();
});
document.addEventListener("htmx:afterSettle", () => {
  if (held && document.activeElement === document.body) {
    const stage = document.getElementById("ct-stage-body");
    const same = [...stage.querySelectorAll("a, button, input, select, textarea, summary")].find((one) => hold(one) === held);
    (same || stage).focus({ preventScroll: true });
  }
  held = "";
});
document.addEventListener("htmx:sendError", () => room.tell(room.words("offline"), true));

// Gradio puts both scripts into the page in no certain order; it waits for `window.room`.
function begin() {
  if (!window.htmx) return setTimeout(begin, 10);
  htmx.config.includeIndicatorStyles = false;
  htmx.config.allowEval = false;
  htmx.config.selfRequestsOnly = true;
  htmx.config.historyEnabled = false;
  window.room = room;
}
begin();

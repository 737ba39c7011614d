(() => {
  "use strict";
  const doc = document, root = doc.documentElement;
  const byId = id => doc.getElementById(id);
  const all = (sel, el = doc) => [...el.querySelectorAll(sel)];
  const say = text => { const live = byId("live"); if (live) live.textContent = text; };
  const label = (el, text) => { el.lastElementChild.textContent = text; };

  root.classList.add("js");
  all("[data-js]").forEach(el => { el.hidden = false; });

  /* Storage throws in sandboxed frames, so every access is guarded. */
  let store = null;
  try { store = localStorage; } catch { /* no storage, no memory */ }
  const load = key => { try { return store && store.getItem(key); } catch { return null; } };
  const save = (key, value) => { try { store && store.setItem(key, value); } catch { /* same */ } };

  /* theme */
  const theme = load("ra-theme");
  if (theme === "dark" || theme === "light") root.dataset.theme = theme;
  byId("theme")?.addEventListener("click", () => {
    const now = root.dataset.theme || (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light");
    root.dataset.theme = now === "dark" ? "light" : "dark";
    save("ra-theme", root.dataset.theme);
    say(root.dataset.theme + " theme");
  });

  /* time: UTC as served, local on request, the UTC text stays as the tooltip */
  const hm = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };
  const FORMAT = {
    t: { ...hm, second: "2-digit" },
    hm,
    dhm: { day: "numeric", month: "short", ...hm },
    full: { day: "numeric", month: "short", year: "numeric", ...hm },
  };
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const tz = byId("tz");
  let local = load("ra-tz") === "local";
  const showTimes = () => {
    all("time[datetime]").forEach(el => {
      el.dataset.utc ??= el.textContent;
      el.textContent = local ? new Intl.DateTimeFormat("en-GB", FORMAT[el.dataset.f]).format(new Date(el.dateTime)) : el.dataset.utc;
      el.title = local ? el.dataset.utc + " UTC" : "";
    });
    all("[data-zone]").forEach(el => { el.textContent = local ? zone : "UTC"; });
  };
  if (tz && local) showTimes();
  tz?.addEventListener("click", () => { local = !local; save("ra-tz", local ? "local" : "utc"); showTimes(); say("Times in " + (local ? zone : "UTC")); });

  /* staleness: the file knows when its successor was due */
  const span = ms => {
    const minutes = Math.max(1, Math.round(ms / 6e4)), hours = Math.round(minutes / 60);
    return minutes < 120 ? minutes + " min" : hours < 48 ? hours + " h" : Math.round(hours / 24) + " d";
  };
  const fresh = byId("fresh");
  if (fresh?.dataset.due) {
    const due = Date.parse(fresh.dataset.due), now = Date.now();
    if (now > due) { fresh.classList.add("amb", "b"); label(fresh, "Stale: next audit was due " + span(now - due) + " ago"); }
  }

  /* copy, or select when the clipboard is not available */
  doc.addEventListener("click", async event => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const source = byId(button.dataset.copy);
    let copied = false;
    try { await navigator.clipboard.writeText(source.textContent); copied = true; } catch {
      const range = doc.createRange(), selection = getSelection();
      range.selectNodeContents(source); selection.removeAllRanges(); selection.addRange(range);
    }
    label(button, copied ? "Copied" : "Selected");
    say(copied ? "Command copied" : "Command selected, press copy");
    setTimeout(() => label(button, "Copy"), 1600);
  });

  /* filter: space means AND, -x means NOT, quotes keep words together; state lives in the fragment,
     which works from disk, object storage and CI artifact viewers */
  const q = byId("q"), leaks = all("[data-row]"), rows = all("tr[data-s]:not([data-row])");
  const filter = () => {
    const tokens = (q.value.toLowerCase().match(/-?"[^"]*"|\S+/g) || []).map(t => t.replace(/"/g, "")).filter(t => t && t !== "-");
    const hit = el => tokens.every(t => t[0] === "-" ? !el.dataset.s.includes(t.slice(1)) : el.dataset.s.includes(t));
    [...leaks, ...rows].forEach(el => { el.hidden = !hit(el); });
    const shown = leaks.filter(el => !el.hidden).length;
    const none = byId("none"), count = byId("cnt");
    if (none) none.hidden = shown > 0 || !tokens.length;
    if (count) count.textContent = tokens.length ? shown + " of " + leaks.length + " findings shown" : "";
    all(".seg [data-q]").forEach(b => b.setAttribute("aria-pressed", String(b.dataset.q === q.value.trim())));
    try { history.replaceState(null, "", q.value ? "#?q=" + encodeURIComponent(q.value) : location.pathname + location.search); } catch { /* sandboxed */ }
  };
  let timer;
  q?.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(filter, 80); });
  all("[data-q]").forEach(b => b.addEventListener("click", () => { q.value = b.dataset.q; filter(); }));

  /* deep links open their finding and move focus; a dead link says so */
  const follow = () => {
    let hash;
    try { hash = decodeURIComponent(location.hash); } catch { return; }
    if (hash.startsWith("#?q=") && q) { q.value = hash.slice(4); filter(); return; }
    const id = hash.slice(1), el = id && byId(id), gone = byId("gone");
    if (gone) {
      gone.hidden = Boolean(el) || !/^LK-[\w-]+$/.test(id);
      if (!gone.hidden) { gone.textContent = id + " is not open in this audit. It is resolved, or it belongs to another audit."; gone.scrollIntoView(); }
    }
    const details = el && el.closest("details");
    if (details) { details.hidden = false; details.open = true; details.scrollIntoView(); details.querySelector("summary").focus({ preventScroll: true }); }
  };
  addEventListener("hashchange", follow);
  /* again when the browser has scrolled to the fragment itself, for that takes the focus away */
  addEventListener("load", () => requestAnimationFrame(() => requestAnimationFrame(follow)));
  follow();

  /* print expands the evidence, then restores */
  let closed = [];
  addEventListener("beforeprint", () => { closed = all("details:not([open])"); closed.forEach(el => { el.open = true; }); });
  addEventListener("afterprint", () => closed.forEach(el => { el.open = false; }));

  /* single-key shortcuts can be switched off (WCAG 2.1.4) */
  const kb = byId("kb");
  let keys = load("ra-keys") !== "off";
  const showKeys = () => { if (kb) label(kb, "Shortcuts: " + (keys ? "on" : "off")); };
  showKeys();
  kb?.addEventListener("click", () => { keys = !keys; save("ra-keys", keys ? "on" : "off"); showKeys(); });
  if (q) addEventListener("keydown", event => {
    if (!keys || event.ctrlKey || event.metaKey || event.altKey || /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName)) return;
    const list = all("details.f[data-s]:not([hidden]) > summary"), at = list.indexOf(doc.activeElement);
    if (event.key === "/") { event.preventDefault(); q.focus(); }
    else if (event.key === "j") (list[at + 1] || list[0])?.focus();
    else if (event.key === "k") (list[at - 1] || list[list.length - 1])?.focus();
  });
})();

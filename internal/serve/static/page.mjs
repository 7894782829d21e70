// What a page does beyond what a browser does by itself. Everything works without it: verdicts have a button, files are chosen.

const pause = 400; // milliseconds without typing, after which verdicts are asked for

/** Puts the answers in the place of what is shown. What was unfolded stays unfolded; fields are not touched. */
function take(answer) {
  for (const part of answer.querySelectorAll("[id]")) {
    const shown = document.getElementById(part.id);
    if (!shown || !(shown.classList.contains("live") || ["standing", "rest"].includes(part.id))) continue;
    if (shown.textContent === part.textContent) continue;
    const open = shown.querySelector("details")?.open;
    shown.replaceChildren(...part.childNodes);
    if (open && shown.querySelector("details")) shown.querySelector("details").open = true;
  }
}

/** Shows the verdicts of what is typed, without saving it. */
function live(form) {
  let timer, asked;
  const ask = async () => {
    asked?.abort();
    asked = new AbortController();
    const body = new URLSearchParams(new FormData(form));
    body.set("action", "live");
    try {
      const response = await fetch(form.getAttribute("action"), { method: "POST", body, signal: asked.signal });
      if (response.ok) take(new DOMParser().parseFromString(await response.text(), "text/html"));
      else document.getElementById("standing").textContent = form.dataset.sayFailed;
    } catch (problem) {
      if (problem.name !== "AbortError") document.getElementById("standing").textContent = form.dataset.sayGone;
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(ask, pause);
  });
  form.addEventListener("submit", () => clearTimeout(timer));
}

/** Lets the browser ask before what was typed and not saved is lost: by a link, by Undo, or by a file that is attached. */
function keep(form) {
  let unsaved = "unsaved" in form.dataset;
  form.addEventListener("input", () => { unsaved = true; });
  form.addEventListener("submit", () => { unsaved = false; });
  window.addEventListener("beforeunload", (event) => { if (unsaved) event.preventDefault(); });
}

/** Asks for the objects that fit what is typed, where the page has not all of them. */
function refine(form) {
  let timer, asked;
  form.addEventListener("input", ({ target }) => {
    const list = target.list;
    if (!list?.dataset.kinds) return;
    clearTimeout(timer);
    timer = setTimeout(async () => {
      asked?.abort();
      asked = new AbortController();
      const query = new URLSearchParams({ kinds: list.dataset.kinds, find: target.value });
      try {
        const response = await fetch(`${form.dataset.live}?${query}`, { signal: asked.signal });
        if (response.ok) list.replaceChildren(...new DOMParser().parseFromString(await response.text(), "text/html").querySelectorAll("option"));
      } catch (problem) {
        if (problem.name !== "AbortError") document.getElementById("standing").textContent = form.dataset.sayGone;
      }
    }, pause);
  });
}

/** Takes a file that is dropped as one that was chosen. */
function drop(form) {
  const input = form.querySelector("input[type=file]");
  const mark = (on) => form.classList.toggle("over", on);
  form.addEventListener("dragover", (event) => { event.preventDefault(); mark(true); });
  form.addEventListener("dragleave", () => mark(false));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    mark(false);
    const isFolder = [...event.dataTransfer.items].some((item) => item.webkitGetAsEntry()?.isDirectory); // the browser cannot send one
    if (event.dataTransfer.files.length !== 1 || isFolder) {
      input.setCustomValidity(form.dataset.sayOne);
      input.reportValidity();
      input.setCustomValidity("");
      return;
    }
    input.files = event.dataTransfer.files;
    form.requestSubmit();
  });
}

for (const form of document.querySelectorAll("form[data-live]")) {
  if (document.getElementById("standing")) live(form);
  refine(form);
}
for (const form of document.querySelectorAll("form[data-live], form[data-keep]")) keep(form);
for (const form of document.querySelectorAll("form[data-drop]")) drop(form);
for (const link of document.querySelectorAll("a[data-attach]")) {
  link.addEventListener("click", () => { document.getElementById("attach-at").value = link.dataset.attach; });
}
for (const button of document.querySelectorAll("button[data-copy]")) {
  button.hidden = false;
  button.addEventListener("click", async () => {
    const area = document.getElementById(button.dataset.copy);
    try {
      await navigator.clipboard.writeText(area.value);
      button.textContent = button.dataset.sayDone;
    } catch { // the browser does not let the page
      button.textContent = button.dataset.sayRefused;
      area.focus();
      area.select();
    }
  });
}

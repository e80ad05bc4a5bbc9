"use strict";
// Everything is on the page without this: it makes tables sortable, and shows one layer at a time.
(() => {
  const key = (row, column) => {
    const cell = row.cells[column];
    if (!cell) return null;
    if (cell.dataset.value !== undefined) return Number(cell.dataset.value);
    const text = cell.textContent.trim();
    return text === "" || text === "–" ? null : text;
  };

  // Numbers before words, words before nothing, whatever the direction of the rest.
  const rank = (value) => (value === null ? 2 : typeof value === "number" ? 0 : 1);
  const order = (direction) => (left, right) => {
    const [a, b] = [left.key, right.key];
    if (rank(a) !== rank(b)) return rank(a) - rank(b);
    if (a === null) return 0;
    const difference = typeof a === "number" ? a - b : a.localeCompare(b, "en", { numeric: true });
    return direction * difference;
  };

  const sort = (table, column, direction) => {
    const body = table.tBodies[0];
    const rows = Array.from(body.rows, (row) => ({ row, key: key(row, column) }));
    rows.sort(order(direction));
    for (const { row } of rows) body.append(row);
  };

  for (const table of document.querySelectorAll("table.sortable")) {
    const heads = Array.from(table.tHead.rows[0].cells);
    heads.forEach((head, column) => {
      const button = document.createElement("button");
      button.type = "button";
      button.append(...head.childNodes);
      head.append(button);
      head.setAttribute("aria-sort", "none");
      button.addEventListener("click", () => {
        const ascending = head.getAttribute("aria-sort") !== "ascending";
        for (const other of heads) other.setAttribute("aria-sort", "none");
        head.setAttribute("aria-sort", ascending ? "ascending" : "descending");
        sort(table, column, ascending ? 1 : -1);
      });
    });
  }

  for (const chapter of document.querySelectorAll("[data-choice]")) {
    const panels = Array.from(chapter.querySelectorAll("[data-option]"));
    const options = [...new Set(panels.map((panel) => panel.dataset.option))];
    if (options.length < 2) continue;
    const select = document.createElement("select");
    for (const option of options) select.add(new Option(option, option));
    select.add(new Option("all of them", ""));
    // A name may be empty, too: the last choice is told by its place.
    const show = () => {
      const isAll = select.selectedIndex === options.length;
      for (const panel of panels) panel.hidden = !isAll && panel.dataset.option !== options[select.selectedIndex];
    };
    select.addEventListener("change", show);
    const label = document.createElement("label");
    label.className = "choice";
    label.append(chapter.dataset.choice, select);
    panels[0].before(label);
    show();
  }

  // Paper has all notes, also of a browser whose style sheets cannot open them.
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = Array.from(document.querySelectorAll("details:not([open])"));
    for (const notes of opened) notes.open = true;
  });
  addEventListener("afterprint", () => {
    for (const notes of opened) notes.open = false;
    opened = [];
  });
})();

/** The canvas brings its own style sheets, once a page. */
export function loadStyle() {
  for (const name of ['./canvas.css', './over.css', './runs.css', './dialogs.css', './drawn.css', './past.css', './reviewed.css']) {
    const href = new URL(name, import.meta.url).href;
    if (document.querySelector(`link[href="${href}"]`)) continue;
    const link = document.createElement('link');
    link.rel = 'stylesheet';
    link.href = href;
    document.head.append(link);
  }
}

/** The canvas brings its own style sheet, once a page. */
export function loadStyle() {
  const href = new URL('./canvas.css', import.meta.url).href;
  if (document.querySelector(`link[href="${href}"]`)) return;
  const link = document.createElement('link');
  link.rel = 'stylesheet';
  link.href = href;
  document.head.append(link);
}

/** Draws the layers of a large flow beside the page, which stays at hand. How far it is, is told in hundredths. */
import { arrange } from './layering.js';

onmessage = ({ data }) => {
  let told = 0;
  const places = arrange(data.cards, data.lines, (part) => {
    if (part - told < 0.01) return;
    told = part;
    postMessage({ part });
  });
  postMessage({ places: [...places] });
};

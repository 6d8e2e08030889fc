/**
 * Shows lines in the place of those before them, without flicker: the cursor goes up, each line is cleared
 * behind its text, and what is left below is cleared as well.
 *
 * @param write to the terminal
 * @see ECMA-48, 8.3.22 CUU, 8.3.41 EL, 8.3.39 ED
 */
export function redrawing(write: (text: string) => void): (lines: readonly string[]) => void {
  let shown = 0;
  return (lines) => {
    const up = shown > 0 ? `\u001b[${shown}A\r` : '';
    write(`${up}${lines.map((line) => `${line}\u001b[K\n`).join('')}\u001b[J`);
    shown = lines.length;
  };
}

/** Numbers and names as a reader wants them. */
import type { JsonNumber } from "../data/report";

/** A number with four significant digits; large ones in groups of three. */
export function number(value: JsonNumber | null | undefined): string {
  if (value === null || value === undefined) return "n/a";
  const n = Number(value);
  if (!Number.isFinite(n)) return Number.isNaN(n) ? "NaN" : n > 0 ? "∞" : "−∞";
  const size = Math.abs(n);
  if (size >= 1e15 || (size > 0 && size < 1e-4)) return exponent(n.toExponential(3));
  if (size >= 1e4) return minus(Math.round(n).toLocaleString("en"));
  return minus(String(Number(n.toPrecision(4))));
}

/** A whole number in groups of three. */
export function count(value: number): string {
  return value.toLocaleString("en", { maximumFractionDigits: 0 });
}

/** "1 point", "2 points". */
export function counted(value: number, word: string): string {
  return `${count(value)} ${word}${value === 1 ? "" : "s"}`;
}

/** A large number in short: 1.2 M. */
export function short(value: number): string {
  for (const [unit, size] of [
    ["G", 1e9],
    ["M", 1e6],
    ["k", 1e3],
  ] as const) {
    if (Math.abs(value) >= 10 * size || (size > 1e3 && Math.abs(value) >= size)) {
      return `${Number((value / size).toPrecision(4))} ${unit}`;
    }
  }
  return number(value);
}

/** A share of one in percent. */
export function percent(value: JsonNumber): string {
  const share = 100 * Number(value);
  if (share > 99 && share < 100) return `${Math.floor(share * 10) / 10}\u00a0%`;
  return `${share < 1 && share > 0 ? "< 1" : Math.round(share)}\u00a0%`;
}

/** The label of a tick, with the digits that its neighbours need. */
export function tick(value: number, step: number): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1e6) return short(value);
  if (size < 1e-4) return exponent(value.toExponential(1).replace(".0e", "e"));
  const digits = Math.max(0, Math.min(8, -Math.floor(Math.log10(step) + 1e-9)));
  return minus(value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
}

/** The name of a check or of a metric in words. */
export function words(name: string): string {
  return shown(name).replaceAll("_", " ");
}

/** Characters of a foreign text that are shown; the rest is cut. */
const LONGEST = 300;

/**
 * Foreign text made harmless to the eye: control characters, marks that turn the writing direction,
 * invisible characters and lone surrogates are shown as escapes; a long text is cut.
 */
export function shown(text: string, longest = LONGEST): string {
  const cut = text.length > longest ? `${text.slice(0, longest - 1)}…` : text;
  return cut.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, escaped);
}

function escaped(char: string): string {
  const code = char.codePointAt(0) ?? 0;
  const [mark, digits] = code < 0x100 ? ["x", 2] : code < 0x10000 ? ["u", 4] : ["U", 8];
  return `\\${mark}${code.toString(16).padStart(Number(digits), "0")}`;
}

function minus(text: string): string {
  return text.replace("-", "−");
}

function exponent(text: string): string {
  const [mantissa, power] = text.split("e");
  return `${minus(mantissa)}e${minus(power.replace("+", ""))}`;
}

/** Numbers and names as a reader wants them. */
import type { JsonNumber } from "../data/report";

/** A number with four significant digits; large ones in groups of three. */
export function number(value: JsonNumber | null | undefined): string {
  if (value === null || value === undefined) return "n/a";
  const n = Number(value);
  if (!Number.isFinite(n)) return Number.isNaN(n) ? "NaN" : n > 0 ? "∞" : "−∞";
  const size = Math.abs(n);
  if (size >= 1e15 || (size > 0 && size < 1e-4)) return exponent(n.toExponential(3).replace(/\.?0+e/, "e"));
  if (size >= 999.95) return minus(Math.round(n).toLocaleString("en"));
  return minus(String(Number(n.toPrecision(4))));
}

/** A standard error: two digits say enough. */
export function error(value: JsonNumber): string {
  return number(Number(Number(value).toPrecision(2)));
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

/** A probability in percent; nothing is certain, and nothing cannot be. */
export function percent(value: JsonNumber): string {
  const whole = Math.round(100 * Number(value));
  return `${whole > 99 ? "over 99" : whole < 1 ? "under 1" : whole}\u00a0%`;
}

/** Epochs done, with three digits. */
export function epochNumber(value: JsonNumber | null): string {
  if (value === null) return number(value);
  const n = Number(value);
  return number(Math.abs(n) < 1000 ? Number(n.toPrecision(3)) : n);
}

/** The label of a tick, with the digits that its neighbours need; `largest` is the size of the largest. */
export function tick(value: number, step: number, largest = Math.abs(value)): string {
  const size = Math.abs(value);
  if (size === 0) return "0";
  if (size >= 1e6) return short(value);
  if (largest < 1e-3 && step < 1e-4) return exponent(value.toExponential(1).replace(".0e", "e"));
  const digits = Math.max(0, Math.min(8, -Math.floor(Math.log10(step) + 1e-9)));
  return minus(value.toLocaleString("en", { minimumFractionDigits: digits, maximumFractionDigits: digits }));
}

/** Numbers of a column: with equally many decimals, unless that hides small ones. */
export function aligned(values: readonly (JsonNumber | null | undefined)[]): string[] {
  const single = values.map(number);
  const sizes = values
    .map((value) => Math.abs(Number(value ?? Number.NaN)))
    .filter((size) => size > 0 && size < 1e15);
  if (sizes.length < 2) return single;
  const largest = Math.max(...sizes);
  const needed = Math.max(...sizes.map((size) => (number(size).split(".")[1] ?? "").length));
  const decimals = Math.min(needed, Math.max(0, 4 - Math.floor(Math.log10(largest))));
  if (Math.min(...sizes) < 10 ** (1 - decimals)) return single;
  const digits = { minimumFractionDigits: decimals, maximumFractionDigits: decimals };
  return values.map((value, i) => {
    const n = Number(value ?? Number.NaN);
    return Number.isFinite(n) && Math.abs(n) < 1e15 ? minus(n.toLocaleString("en", digits)) : single[i];
  });
}

/** The name of a check or of a metric in words. */
export function words(name: string): string {
  return shown(name).replaceAll("_", " ");
}

/** A text with a capital letter. */
export function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
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

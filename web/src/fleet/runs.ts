/** The runs of a fleet by columns, as the page holds them. */
import { number, shown } from "../text/format";

export type Value = string | number | null;

/** Numbers as they are, or texts as places in a list of those that occur; without places each row has its own. */
export interface Column {
  readonly name: string;
  readonly values?: readonly (number | null)[];
  readonly texts?: readonly (string | null)[];
  /** Whether it is a hyperparameter. */
  readonly setting?: boolean;
}

export interface Fleet {
  readonly headline: string;
  readonly read: string;
  /** What all addresses begin with, which the column leaves out. */
  readonly folder: string;
  readonly parts: readonly { readonly title: string; readonly lines: readonly string[] }[];
  readonly length: number;
  readonly columns: readonly Column[];
  readonly summary: Column;
  readonly findings: Column;
  /** Files with reports of single runs, by row. */
  readonly reports: Readonly<Record<string, string>>;
  /** What the best is told by; rows that are compared, in the order of the files' times, and steps trained. */
  readonly metric: string;
  readonly lower: boolean;
  readonly compared: readonly number[];
  /** Hyperparameters that vary, those that separate first. */
  readonly varied: readonly string[];
}

export function at(column: Column, row: number): Value {
  const place = column.values ? column.values[row] : row;
  return column.texts ? (place === null ? null : column.texts[place]) : place;
}

export function said(value: Value): string {
  if (value === null) return "";
  return typeof value === "number" ? number(value) : shown(value, 400);
}

/** For each row all that it holds, to be searched: hyperparameters as NAME=VALUE. */
export function searchable({ columns, length }: Fleet): string[] {
  const parts = columns.map((column) => {
    const told = new Map<Value, string>();
    return (row: number) => {
      const value = at(column, row);
      let text = told.get(value);
      if (text === undefined) {
        text =
          value === null
            ? ""
            : (column.setting ? `${column.name}=${plain(value)}` : plain(value)).toLowerCase();
        if (told.size < 1000) told.set(value, text);
      }
      return text;
    };
  });
  return Array.from({ length }, (_, row) => parts.map((part) => part(row)).join(" "));
}

function plain(value: string | number): string {
  return typeof value === "number" ? String(Number(value.toPrecision(5))) : value;
}

/** Places of the rows, sorted by a column; what is not known comes last. */
export function sorted(order: readonly number[], column: Column, down: boolean): number[] {
  const ranks = column.texts && column.values ? rankOf(column.texts) : null;
  const texts = column.values ? null : column.texts;
  const sign = down ? -1 : 1;
  const key = (row: number): number | null => {
    const place = column.values ? column.values[row] : row;
    return ranks && place !== null ? ranks[place] : place;
  };
  if (texts) return [...order].sort((a, b) => sign * compare(texts[a], texts[b]) || a - b);
  return [...order].sort((a, b) => {
    const [x, y] = [key(a), key(b)];
    if (x === null || y === null) return Number(x === null) - Number(y === null) || a - b;
    return sign * (x - y) || a - b;
  });
}

function compare(a: string | null, b: string | null): number {
  return (a ?? "") < (b ?? "") ? -1 : Number(a !== b);
}

function rankOf(texts: readonly (string | null)[]): number[] {
  const places = [...texts.keys()].sort((a, b) => compare(texts[a], texts[b]));
  const ranks: number[] = [];
  for (const [rank, place] of places.entries()) ranks[place] = rank;
  return ranks;
}

import { expect, test, vi } from "vitest";

/** As much of a document as `prose` needs. */
class Fragment {
  parts: unknown[] = [];
  append(part: unknown): void {
    this.parts.push(part);
  }
}
vi.stubGlobal("DocumentFragment", Fragment);
vi.mock("../src/dom/element", () => ({ h: (name: string, _: object, text: string) => `<${name}:${text}>` }));
const { prose } = await import("../src/dom/prose");
const parts = (text: string) => (prose(text) as unknown as Fragment).parts.join("");

test("what stands between backticks is code, and one alone is only a backtick", () => {
  expect(parts("Set `val_size` and `x`.")).toBe("Set <code:val_size> and <code:x>.");
  expect(parts("a ` b")).toBe("a ` b");
  expect(parts("no code")).toBe("no code");
});

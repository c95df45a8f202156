import js from "@eslint/js";
import ts from "typescript-eslint";

export default ts.config(js.configs.recommended, ...ts.configs.strict, {
  rules: {
    "no-undef": "off", // the compiler knows better
    "no-restricted-properties": [
      "error",
      { property: "innerHTML", message: "Text from data becomes a text node." },
      { property: "outerHTML", message: "Text from data becomes a text node." },
      { property: "insertAdjacentHTML", message: "Text from data becomes a text node." },
    ],
  },
});

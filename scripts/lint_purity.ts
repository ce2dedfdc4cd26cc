/**
 * Lint plugin: keeps `src/protocol/` and `src/rendezvous/` pure, so that a whole network can be
 * simulated in one process. Time and randomness come in as arguments.
 *
 * @module
 */

const PURE = /[\\/]src[\\/](protocol|rendezvous)[\\/]/;
const IMPURE_GLOBALS = new Set([
  "Deno",
  "Date",
  "performance",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "crypto",
  "console",
  "fetch",
  "globalThis",
]);

const plugin: Deno.lint.Plugin = {
  name: "purity",
  rules: {
    "no-ambient-effects": {
      create(context) {
        if (!PURE.test(context.filename)) return {};
        return {
          Identifier(node) {
            if (!IMPURE_GLOBALS.has(node.name) || isMemberName(node)) return;
            context.report({
              node,
              message: `Cannot use ${node.name} in a pure module: expected an argument instead.`,
            });
          },
          MemberExpression(node) {
            if (isNamed(node.object, "Math") && isNamed(node.property, "random")) {
              context.report({
                node,
                message:
                  "Cannot use Math.random in a pure module: expected a function as an argument.",
              });
            }
          },
        };
      },
    },
  },
};

export default plugin;

function isNamed(node: Deno.lint.Node, name: string): boolean {
  return node.type === "Identifier" && node.name === name;
}

/** `session.console` and `{ Date: 1 }` name a property, not the global. */
function isMemberName(node: Deno.lint.Identifier): boolean {
  const parent = node.parent as Deno.lint.Node;
  if (parent.type === "MemberExpression") return parent.property === node && !parent.computed;
  return parent.type === "Property" && parent.key === node && !parent.shorthand;
}

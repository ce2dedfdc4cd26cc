/**
 * Lint plugin: the arrows and the purity of `house.ts`, so that an editor shows what breaks them.
 *
 * @module
 */

import { ARROWS, type Arrows, GROUND, PURE } from "./house.ts";

const ROOT = new URL("..", import.meta.url).href;

/** Whether a path from the root is that file, or in that folder. */
export function covers(place: string, path: string): boolean {
  return place.endsWith("/") ? path.startsWith(place) : path === place;
}

/** How something is imported, where that is not the usual way. */
type Way = "type" | "dynamic" | undefined;

/**
 * The rule that a module imports only what its row allows.
 *
 * @param used gets each allowance that an import needed, as `row > allowance`
 */
export function arrowsRule(rows: readonly Arrows[], used?: Set<string>): Deno.lint.Rule {
  return {
    create(context) {
      const path = pathFromRoot(context.filename);
      if (path !== "main.ts" && !path.startsWith("src/")) return {};
      const row = rows
        .filter(({ from }) => covers(from, path))
        .toSorted((a, b) => b.from.length - a.from.length)[0];
      if (row === undefined) {
        const message = `Cannot place ${path}: expected a row for it in scripts/house.ts.`;
        return { Program: (node) => context.report({ node, message }) };
      }
      const ground = GROUND.includes(row.from) ? [] : GROUND;
      const allowed = [...ground, ...row.to];
      const visit = (node: Deno.lint.Node, specifier: unknown, way: Way) => {
        const target = typeof specifier === "string" ? resolve(specifier, path) : "what varies";
        if (covers(row.from, target)) return;
        const allowance = allowed.find((place) =>
          covers(place, target) || way !== undefined && covers(place, `${way} ${target}`)
        );
        if (allowance !== undefined) {
          used?.add(`${row.from} > ${allowance}`);
          return;
        }
        const expected = allowed.length === 0 ? "no import" : `only ${allowed.join(", ")}`;
        context.report({
          node,
          message: `Cannot import ${target} in ${path}: expected ${expected}.`,
        });
      };
      return {
        ImportDeclaration: (node) =>
          visit(node, node.source.value, givesTypesOnly(node) ? "type" : undefined),
        ExportAllDeclaration: (node) => visit(node, node.source.value, typeIf(node.exportKind)),
        ExportNamedDeclaration(node) {
          if (node.source) visit(node, node.source.value, typeIf(node.exportKind));
        },
        ImportExpression: (node) => visit(node, literal(node.source), "dynamic"),
        TSImportType(node) {
          const argument: Deno.lint.Node = node.argument;
          visit(
            node,
            literal(argument.type === "TSLiteralType" ? argument.literal : argument),
            "type",
          );
        },
      };
    },
  };
}

const AMBIENT = new Set([
  "Deno",
  "process",
  "globalThis",
  "self",
  "Date",
  "Temporal",
  "performance",
  "setTimeout",
  "setInterval",
  "setImmediate",
  "queueMicrotask",
  "crypto",
  "console",
  "fetch",
]);

/** The rule that a pure module takes time, randomness and the world as arguments. */
export const purityRule: Deno.lint.Rule = {
  create(context) {
    const path = pathFromRoot(context.filename);
    if (!PURE.some((room) => covers(room, path))) return {};
    const refuse = (node: Deno.lint.Node, name: string) =>
      context.report({
        node,
        message: `Cannot use ${name} in a pure module: expected an argument instead.`,
      });
    return {
      Identifier(node) {
        if (isMemberName(node)) return;
        if (AMBIENT.has(node.name)) refuse(node, node.name);
        if (node.name === "Math" && !isSureCalculation(node.parent)) refuse(node, "Math.random");
      },
      ImportDeclaration(node) {
        if (node.source.value !== "node:crypto") return;
        for (const specifier of node.specifiers) {
          const name = specifier.type === "ImportSpecifier" ? nameOf(specifier.imported) : "";
          if (name === "" || /random|generate|crypto$|subtle/i.test(name)) {
            refuse(specifier, name || "all of node:crypto");
          }
        }
      },
    };
  },
};

const plugin: Deno.lint.Plugin = {
  name: "house",
  rules: { arrows: arrowsRule(ARROWS), purity: purityRule },
};

export default plugin;

function pathFromRoot(filename: string): string {
  const path = filename.replaceAll("\\", "/").replace(/^(?=[A-Za-z]:)/, "/");
  const root = decodeURIComponent(new URL(ROOT).pathname);
  return path.startsWith(root) ? path.slice(root.length) : path;
}

/** Relative specifiers become paths from the root; others are what they are. */
function resolve(specifier: string, importer: string): string {
  if (!/^\.{0,2}\//.test(specifier)) return specifier;
  const { href } = new URL(specifier, `${ROOT}${importer}`);
  return href.startsWith(ROOT) ? href.slice(ROOT.length) : href;
}

function givesTypesOnly({ importKind, specifiers }: Deno.lint.ImportDeclaration): boolean {
  return importKind === "type" ||
    specifiers.length > 0 &&
      specifiers.every((specifier) =>
        specifier.type === "ImportSpecifier" && specifier.importKind === "type"
      );
}

function typeIf(exportKind: "type" | "value"): Way {
  return exportKind === "type" ? "type" : undefined;
}

function literal(node: Deno.lint.Node): unknown {
  return node.type === "Literal" ? node.value : undefined;
}

function nameOf(node: Deno.lint.Identifier | Deno.lint.StringLiteral): string {
  return node.type === "Identifier" ? node.name : node.value;
}

/** `session.console`, `{ Date: 1 }` and `crypto(): void` name a member, not the global. */
function isMemberName(node: Deno.lint.Identifier): boolean {
  const parent = node.parent as Deno.lint.Node;
  if (parent.type === "MemberExpression") return parent.property === node && !parent.computed;
  return "key" in parent && parent.key === node;
}

/** A member of `Math` by its name, and not the one that differs each time. */
function isSureCalculation(node: Deno.lint.Node): boolean {
  return node.type === "MemberExpression" && !node.computed &&
    node.property.type === "Identifier" && node.property.name !== "random";
}

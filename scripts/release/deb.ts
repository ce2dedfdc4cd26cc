/**
 * The package for Debian and what descends from it.
 *
 * @module
 */

import { createHash } from "node:crypto";
import { gzipSync } from "node:zlib";
import { PROGRAM } from "../../src/version.ts";
import { type ChangelogSection, debianChangelog } from "./changelog.ts";
import { COMPLETIONS, type Documents, MAN_PAGE, readFile } from "./documents.ts";
import { run, Stage } from "./stage.ts";

/** Name of the package; Debian allows no underscore. */
export const PACKAGE = "containment-breach";

/** What a package is made of. */
export interface DebParts {
  /** Debian's name of the processor. */
  readonly architecture: string;
  readonly executable: string;
  readonly documents: Documents;
  /** The newest is the version of the package. */
  readonly sections: readonly ChangelogSection[];
  /** Name and mail address, e.g. `Somebody <somebody@example.org>`. */
  readonly maintainer: string;
  /** Options of `dpkg-deb` that say how hard it tries, e.g. `-Zxz`. */
  readonly compression: readonly string[];
}

const PACKAGING = "scripts/packaging";

/** Files of `scripts/packaging` by their place in the system; those in /etc are its administrator's. */
const INSTALLED = new Map([
  [`usr/lib/systemd/system/${PACKAGE}.service`, `${PACKAGING}/${PACKAGE}.service`],
  [`etc/default/${PACKAGE}`, `${PACKAGING}/${PACKAGE}.default`],
  [`etc/fail2ban/filter.d/${PACKAGE}.conf`, `${PACKAGING}/fail2ban/filter.conf`],
  [`usr/share/doc/${PACKAGE}/examples/jail.conf`, `${PACKAGING}/fail2ban/jail.conf`],
  [`usr/share/doc/${PACKAGE}/examples/alerts.yml`, `${PACKAGING}/prometheus/alerts.yml`],
  [`usr/share/doc/${PACKAGE}/examples/dashboard.json`, `${PACKAGING}/grafana/dashboard.json`],
  [`usr/share/lintian/overrides/${PACKAGE}`, `${PACKAGING}/debian/lintian-overrides`],
]);

const MAINTAINER_SCRIPTS = ["postinst", "prerm", "postrm"];

/**
 * Makes a package in a folder.
 *
 * @param folder absolute
 * @returns the name of the file
 */
export async function makeDeb(parts: DebParts, folder: string): Promise<string> {
  const { architecture, executable, documents, sections, compression } = parts;
  const [{ version, date }] = sections;
  await using stage = await Stage.make();
  await stage.copyExecutable(executable, `usr/bin/${PROGRAM}`);
  for (const [place, path] of INSTALLED) await stage.write(place, readFile(path));
  const text = (path: string) => documents.get(path) as string;
  const completions = `usr/share/bash-completion/completions/${PROGRAM}`;
  await stage.write(completions, text(COMPLETIONS.bash));
  await stage.write(`usr/share/zsh/vendor-completions/_${PROGRAM}`, text(COMPLETIONS.zsh));
  await stage.write(`usr/share/doc/${PACKAGE}/copyright`, copyright());
  const doc = `usr/share/doc/${PACKAGE}`;
  await stage.write(`${doc}/README.md.gz`, gzip(text("README.md")));
  await stage.write(`${doc}/OPERATIONS.md.gz`, gzip(text("docs/OPERATIONS.md")));
  await stage.write(`${doc}/PROTOCOL.md.gz`, gzip(text("docs/PROTOCOL.md")));
  const changelog = debianChangelog(sections, { ...parts, name: PACKAGE });
  await stage.write(`${doc}/changelog.gz`, gzip(changelog));
  await stage.write(`usr/share/man/man1/${MAN_PAGE}.gz`, gzip(text(MAN_PAGE)));
  await writeControl(stage, parts);
  await stage.date(date);
  const file = `${PACKAGE}_${version}_${architecture}.deb`;
  await run("dpkg-deb", [
    ...["--root-owner-group", ...compression],
    ...["--build", stage.path, `${folder}/${file}`],
  ], { env: { SOURCE_DATE_EPOCH: String(Date.parse(date) / 1000) } });
  return file;
}

/** What dpkg is to know: fields, checksums, the administrator's files, and scripts. */
async function writeControl(stage: Stage, parts: DebParts): Promise<void> {
  const files = (await filesBelow(stage.path)).toSorted();
  let bytes = 0;
  let checksums = "";
  for (const file of files) {
    const content = await Deno.readFile(`${stage.path}/${file}`);
    bytes += content.length;
    checksums += `${md5(content)}  ${file}\n`;
  }
  const fields = readFile(`${PACKAGING}/debian/control`)
    .replace("@VERSION@", parts.sections[0].version)
    .replace("@ARCHITECTURE@", parts.architecture)
    .replace("@MAINTAINER@", parts.maintainer)
    .replace("@INSTALLED_SIZE@", String(Math.ceil(bytes / 1024)));
  await stage.write("DEBIAN/control", fields);
  await stage.write("DEBIAN/md5sums", checksums);
  const conffiles = files.filter((file) => file.startsWith("etc/")).map((file) => `/${file}\n`);
  await stage.write("DEBIAN/conffiles", conffiles.join(""));
  for (const script of MAINTAINER_SCRIPTS) {
    await stage.write(`DEBIAN/${script}`, readFile(`${PACKAGING}/debian/${script}`), 0o755);
  }
}

function copyright(): string {
  const [title, , holder, , ...permission] = readFile("LICENSE").trimEnd().split("\n");
  return [
    "Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/",
    "Upstream-Name: Containment Breach",
    "",
    "Files: *",
    `Copyright: ${holder.replace(/^Copyright \(c\) /, "")}`,
    `License: ${title === "MIT License" ? "Expat" : title}`,
    ...permission.map((line) => ` ${line === "" ? "." : line}`),
    "",
  ].join("\n");
}

async function filesBelow(root: string, folder = ""): Promise<string[]> {
  const files: string[] = [];
  for await (const { name, isDirectory } of Deno.readDir(`${root}/${folder}`)) {
    if (isDirectory) files.push(...await filesBelow(root, `${folder}${name}/`));
    else files.push(folder + name);
  }
  return files;
}

function md5(bytes: Uint8Array): string {
  return createHash("md5").update(bytes).digest("hex");
}

/** As small as gzip makes it, and without the time. */
function gzip(text: string): Uint8Array {
  return new Uint8Array(gzipSync(text, { level: 9 }));
}

/**
 * What shells offer at the Tab key: commands, flags, and the words that a flag chooses from.
 *
 * @module
 */

import type { Program } from "./command.ts";
import { COMMON_FLAGS, type Flag, type Flags } from "./flags.ts";

/** Shells in which a program completes. */
export const SHELLS = ["bash", "zsh", "powershell"] as const;
/** One of {@linkcode SHELLS}. */
export type Shell = typeof SHELLS[number];

/** The file that has a shell complete a program's command lines. */
export function completions(program: Program, shell: Shell): string {
  switch (shell) {
    case "bash":
      return bash(program);
    case "zsh":
      return zsh(program);
    case "powershell":
      return powershell(program);
  }
}

/** What is offered for one flag. */
interface Offer {
  readonly name: string;
  /** As it is begun: with an equals sign where a value follows. */
  readonly text: string;
  readonly help: string;
  readonly words: readonly string[];
  readonly presence: "once" | "repeated";
}

function offers(flags: Flags): Offer[] {
  return Object.entries({ ...flags, ...COMMON_FLAGS }).map(([name, flag]: [string, Flag]) => ({
    name,
    text: flag.kind === "switch" ? `-${name}` : `-${name}=`,
    help: flag.help,
    words: flag.kind === "choice" ? flag.words : [],
    presence: flag.kind === "text" && flag.presence === "repeated" ? "repeated" : "once",
  }));
}

/** Stands for the program's main command, which has no name. */
const MAIN = "main";

/** The flags of all commands by their names, {@linkcode MAIN} first. */
function offersByCommand({ main, commands }: Program): [command: string, offers: Offer[]][] {
  return [[MAIN, main] as const, ...Object.entries(commands)]
    .map(([command, { flags }]) => [command, offers(flags)]);
}

/** Bash breaks a command line at each `=` and replaces only what follows the last one. */
function bash(program: Program): string {
  const all = offersByCommand(program);
  const flags = all.map(([command, offers]) =>
    `    [${command}]="${offers.map(({ text }) => text).join(" ")}"\n`
  );
  const words = all.flatMap(([command, offers]) =>
    offers.filter(({ words }) => words.length > 0)
      .map(({ name, words }) => `    [${command}-${name}]="${words.join(" ")}"\n`)
  );
  const repeated = all.flatMap(([command, offers]) =>
    offers.filter(({ presence }) => presence === "repeated").map(({ name }) => `${command}-${name}`)
  );
  return `# Completes ${program.name} in bash, 4.2 or newer.
_${program.name}() {
  local -A flags=(
${flags.join("")}  )
  local -A words=(
${words.join("")}  )
  local repeated=" ${repeated.join(" ")} " commands="${Object.keys(program.commands).join(" ")}"
  local current=\${COMP_WORDS[COMP_CWORD]} before=\${COMP_WORDS[COMP_CWORD - 1]}
  local command=${MAIN} flag=$before value=$current first=\${COMP_WORDS[1]} dash="" given offer
  if [[ $current == "=" ]]; then value=""
  elif [[ $before == "=" ]]; then flag=\${COMP_WORDS[COMP_CWORD - 2]}
  fi
  ((COMP_CWORD > 1)) && [[ " $commands " == *" $first "* ]] && command=$first
  flag=\${flag/#--/-}
  if ((COMP_CWORD > 1)) && [[ $first == help ]]; then
    mapfile -t COMPREPLY < <(compgen -W "$commands" -- "$value")
  elif [[ " \${flags[$command]} " == *" $flag= "* ]]; then
    mapfile -t COMPREPLY < <(compgen -W "\${words[$command$flag]}" -- "$value")
  else
    [[ $current == --* ]] && dash=-
    given=" \${COMP_WORDS[*]:1:COMP_CWORD - 1} "
    COMPREPLY=()
    for offer in \${flags[$command]}; do
      if [[ $given == *[\\ -]"\${offer%=} "* && $repeated != *" $command\${offer%=} "* ]]; then
        continue
      fi
      [[ $dash$offer == "$current"* ]] && COMPREPLY+=("$dash$offer")
    done
    if ((COMP_CWORD == 1)); then
      for offer in $commands help; do [[ $offer == "$current"* ]] && COMPREPLY+=("$offer"); done
    fi
    # A value follows at once.
    [[ \${COMPREPLY[0]} == *= ]] && compopt -o nospace 2> /dev/null
  fi
  return 0
}
complete -F _${program.name} ${program.name}
`;
}

function zsh(program: Program): string {
  const specs = offersByCommand(program).map(([command, offers]) => {
    const lines = offers.map(({ name, text, help, words, presence }) => {
      const before = presence === "repeated" ? "*" : "";
      const action = words.length === 0 ? "" : `(${words.join(" ")})`;
      const value = text.endsWith("=") ? `:${name}:${action}` : "";
      return `    ${quote(`${before}${text}[${help.replace(/[\\[\]]/g, "\\$&")}]${value}`)}\n`;
    });
    return `  ${command}=(\n${lines.join("")}  )\n`;
  });
  const commands = Object.entries(program.commands).map(([command, { summary }]) =>
    `    ${quote(`${command}:${summary}`)}\n`
  );
  return `#compdef ${program.name}
# Completes ${program.name} in zsh.
_${program.name}() {
  local -a commands ${offersByCommand(program).map(([command]) => command).join(" ")}
${specs.join("")}  commands=(
${commands.join("")}  )
  if ((CURRENT > 2)); then
    case $words[2] in
      ${Object.keys(program.commands).join("|")})
        local command=$words[2]
        shift words
        ((CURRENT--))
        _arguments : "\${(@P)command}"
        return ;;
      help)
        _describe command commands
        return ;;
    esac
  elif [[ $PREFIX != -* ]]; then
    _describe command commands
  fi
  _arguments : $${MAIN}
}
_${program.name} "$@"
`;
}

function powershell(program: Program): string {
  const entries = offersByCommand(program).map(([command, offers]) => {
    const lines = offers.map(({ text, help, words }) =>
      `            @{ Text = '${text}'; Help = ${powershellText(help)}; ` +
      `Words = @(${words.map(powershellText).join(", ")}) }\n`
    );
    return `        '${command}' = @(\n${lines.join("")}        )\n`;
  });
  const commands = Object.entries(program.commands).map(([command, { summary }]) =>
    `        '${command}' = ${powershellText(summary)}\n`
  );
  return `# Completes ${program.name} in PowerShell.
Register-ArgumentCompleter -Native -CommandName '${program.name}' -ScriptBlock {
    param($word, $ast, $cursor)
    $flags = @{
${entries.join("")}    }
    $commands = [ordered]@{
${commands.join("")}    }
    $elements = @($ast.CommandElements | ForEach-Object { $_.ToString() })
    $isFirst = $elements.Count -le 1 -or ($elements.Count -eq 2 -and $word -ne '')
    $command = '${MAIN}'
    if (-not $isFirst -and $commands.Contains($elements[1])) { $command = $elements[1] }
    $offers = foreach ($flag in $flags[$command]) {
        foreach ($dash in '', '-') {
            $text = $dash + $flag.Text
            foreach ($value in $flag.Words) { @{ Text = $text + $value; Help = $flag.Help } }
            if ($flag.Words.Count -eq 0) { @{ Text = $text; Help = $flag.Help } }
        }
    }
    if ($isFirst -or $elements[1] -eq 'help') {
        $offers = @($offers) + @($commands.Keys | ForEach-Object {
            @{ Text = $_; Help = $commands[$_] }
        })
    }
    $offers | Where-Object { $_.Text.StartsWith($word) } | ForEach-Object {
        [System.Management.Automation.CompletionResult]::new(
            $_.Text, $_.Text, 'ParameterValue', $_.Help)
    }
}
`;
}

function quote(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`;
}

function powershellText(text: string): string {
  return `'${text.replaceAll("'", "''")}'`;
}

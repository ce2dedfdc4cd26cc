# Calls tasks of deno.json and nothing else. Needs Deno, or Node.js to run Deno through npx.
#
#   make            builds dist/containment_breach, for Windows dist/containment_breach.exe
#   make test       runs the tests
#   make install    puts containment_breach into $(DESTDIR)$(PREFIX)/bin
#   make uninstall  removes it from there
#
# sudo may hide a Deno of yours: sudo make install DENO="$(command -v deno)"

PREFIX ?= /usr/local
DESTDIR ?=
export PREFIX DESTDIR

DENO ?= $(shell command -v deno > /dev/null 2>&1 && echo deno || echo "npx -y deno@$$(cat .deno-version)")
EXECUTABLE = dist/containment_breach

.PHONY: all test install uninstall
# A build that failed halfway is no build.
.DELETE_ON_ERROR:

all: $(EXECUTABLE)

$(EXECUTABLE): main.ts deno.json deno.lock scripts/compile.ts $(shell find src -name '*.ts')
	$(DENO) task compile

test:
	$(DENO) task test

install: $(EXECUTABLE)
	$(DENO) task install

uninstall:
	$(DENO) task uninstall

# Builds and tests by tasks of deno.json, with Deno, or with Node.js to run Deno through npx.
#
#   make            builds dist/containment_breach, for Windows dist/containment_breach.exe
#   make test       runs the tests
#   make install    copies containment_breach into $(DESTDIR)$(PREFIX)/bin
#   make uninstall  removes it from there
#
# Installing what is built needs neither of the two: it copies a file.

PREFIX ?= /usr/local
DESTDIR ?=

DENO ?= $(shell command -v deno > /dev/null 2>&1 && echo deno || echo "npx -y deno@$$(cat .deno-version)")
EXECUTABLE = dist/containment_breach
INSTALLED = $(DESTDIR)$(PREFIX)/bin/containment_breach

.PHONY: all test install uninstall
# A build that failed halfway is no build.
.DELETE_ON_ERROR:

all: $(EXECUTABLE)

$(EXECUTABLE): main.ts deno.json deno.lock scripts/compile.ts $(shell find src -name '*.ts')
	$(DENO) task compile

test:
	$(DENO) task test

# What is there is installed, however old: root builds nothing, unless there is nothing yet. A rename
# replaces an executable that runs, which could not be written to.
install: $(if $(wildcard $(EXECUTABLE)),,$(EXECUTABLE))
	install -d "$(DESTDIR)$(PREFIX)/bin"
	install -m 755 $(EXECUTABLE) "$(INSTALLED).partial"
	mv -f "$(INSTALLED).partial" "$(INSTALLED)"

uninstall:
	rm -f "$(INSTALLED)"

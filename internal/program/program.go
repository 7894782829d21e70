// Package program says what this program is: its version, the source it was built from, and whether somebody else can build the
// same bytes from that source. It reads what the Go toolchain wrote into the program.
package program

import (
	"cmp"
	"runtime"
	"runtime/debug"
	"strings"
)

// Newest is the newest release of the changelog. A build that knows no better says that it is this version.
const Newest = "0.2.0"

// Source is where a program comes from.
type Source struct {
	Module string `json:"module"` // path of the Go module
	// Version is the version of the module where the Go command took it from a module proxy or made it from the repository; absent
	// for a build of a folder.
	Version string `json:"version,omitempty"`
	Sum     string `json:"sum,omitempty"`      // digest of the module as go.sum has it, for a module from a proxy
	Commit  string `json:"commit,omitempty"`   // absent where neither the linker's flags nor the Go command gave it
	Time    string `json:"time,omitempty"`     // of the commit
	Changed *bool  `json:"modified,omitempty"` // whether files differed from the commit; absent where that is not recorded
}

// Build is how a program was built.
type Build struct {
	Go, GOOS, GOARCH string
	Source           Source
	Settings         map[string]string
}

// Read reads what the toolchain wrote into the running program. commit is what the linker's flags say, empty for nothing.
func Read(commit string) Build {
	info, ok := debug.ReadBuildInfo()
	if !ok {
		info = &debug.BuildInfo{}
	}
	return Of(info, commit)
}

// Of reads build information.
func Of(info *debug.BuildInfo, commit string) Build {
	settings := map[string]string{}
	for _, s := range info.Settings {
		settings[s.Key] = s.Value
	}
	b := Build{
		Go: cmp.Or(info.GoVersion, runtime.Version()), GOOS: runtime.GOOS, GOARCH: runtime.GOARCH, Settings: settings,
		Source: Source{Module: info.Main.Path, Sum: info.Main.Sum, Commit: cmp.Or(commit, settings["vcs.revision"]), Time: settings["vcs.time"]},
	}
	if info.Main.Version != "(devel)" {
		b.Source.Version = info.Main.Version
	}
	// A commit that the linker's flags give is not the repository that the Go command looked at.
	if modified, recorded := settings["vcs.modified"]; recorded && b.Source.Commit == settings["vcs.revision"] {
		changed := modified == "true"
		b.Source.Changed = &changed
	}
	if b.Source.Commit != settings["vcs.revision"] {
		b.Source.Time = ""
	}
	return b
}

// Version is the version of the program: the one that the linker's flags say, else that of the module, else the newest release.
func (b Build) Version(linked string) string {
	return cmp.Or(linked, strings.TrimPrefix(b.Source.Version, "v"), Newest)
}

// Against lists what speaks against building the same bytes again; nothing for a program that can be reproduced.
func (b Build) Against() []string {
	var reasons []string
	add := func(applies bool, reason string) {
		if applies {
			reasons = append(reasons, reason)
		}
	}
	s := b.Settings
	add(len(s) == 0, "the program has no build information")
	add(b.Source.Changed != nil && *b.Source.Changed, "vcs.modified=true: files differed from the commit")
	add(b.Source.Commit == "" && b.Source.Sum == "", "no commit and no module from a proxy: the source is not recorded")
	add(s["-trimpath"] != "true", "no -trimpath: the program contains the names of the builder's folders")
	add(s["CGO_ENABLED"] != "0", "CGO_ENABLED is not 0: a C compiler of the builder's machine may have taken part")
	for _, flag := range []string{"-race", "-msan", "-asan", "-cover"} {
		add(s[flag] == "true", flag+"=true: it is built for tests")
	}
	for _, flag := range []string{"-gcflags", "-asmflags", "-ldflags", "-tags", "-pgo", "GOEXPERIMENT", "GOFIPS140"} {
		value := s[flag]
		if flag == "GOFIPS140" && value == "off" {
			value = ""
		}
		// A release sets these by -ldflags, which the Go command does not record beside -trimpath.
		add(value != "", flag+"="+value+": a release is built without it")
	}
	add(strings.Contains(b.Go, "devel"), b.Go+": this Go is not a release")
	return reasons
}

// Package supply says what a release is made of: the modules that are linked into the program, their licences, and the
// bill of materials (SBOM) that goes with it. Its tests hold the modules to the licences that this project takes, and the
// program to being the same wherever it is built.
package supply

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/google/licensecheck"
)

// Main is the import path of the program.
const Main = "github.com/raci-check/raci-check/cmd/raci-check"

// A Module is one whose packages are linked into the program.
type Module struct {
	Path, Version string
	// Licences are SPDX identifiers, sorted: those of the module and of what it carries along in the linked packages.
	Licences []string
	folders  []string // those of the linked packages and above, up to the module's own
}

// ErrLicence says that the licence of a module is not known.
var ErrLicence = errors.New("licence unknown")

// Linked lists the modules of others that are linked into the program for a platform, sorted by path. root is the folder of
// go.mod. A module without a licence file, or with one that is not mostly known licences, is an ErrLicence.
func Linked(ctx context.Context, root, goos, goarch string) ([]Module, error) {
	list := exec.CommandContext(ctx, "go", "list", "-deps", "-json=Dir,Module", Main)
	list.Dir = root
	list.Env = append(os.Environ(), "GOOS="+goos, "GOARCH="+goarch, "CGO_ENABLED=0")
	out, err := command(list)
	if err != nil {
		return nil, err
	}
	type module struct {
		Path, Version, Dir string
		Main               bool
		Replace            *struct{ Path string }
	}
	folders := map[module]map[string]bool{}
	for decoder := json.NewDecoder(bytes.NewReader(out)); ; {
		var p struct {
			Dir    string
			Module *module
		}
		if err := decoder.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			return nil, fmt.Errorf("what go list says: %w", err)
		}
		if p.Module == nil || p.Module.Main {
			continue
		}
		if p.Module.Replace != nil {
			return nil, fmt.Errorf("%s is replaced by %s: a release is made of what the modules' authors published", p.Module.Path, p.Module.Replace.Path)
		}
		if folders[*p.Module] == nil {
			folders[*p.Module] = map[string]bool{}
		}
		// A licence can stand in any folder between the package and the module.
		for dir := p.Dir; len(dir) >= len(p.Module.Dir); dir = filepath.Dir(dir) {
			folders[*p.Module][dir] = true
		}
	}
	var modules []Module
	for m, dirs := range folders {
		linked := Module{Path: m.Path, Version: m.Version}
		for dir := range dirs {
			identifiers, err := licences(dir)
			if err != nil {
				return nil, fmt.Errorf("%s: %w", m.Path, err)
			}
			linked.Licences = append(linked.Licences, identifiers...)
		}
		if len(linked.Licences) == 0 {
			return nil, fmt.Errorf("%s: %w: no licence file", m.Path, ErrLicence)
		}
		slices.Sort(linked.Licences)
		linked.Licences = slices.Compact(linked.Licences)
		linked.folders = slices.Sorted(maps.Keys(dirs))
		modules = append(modules, linked)
	}
	slices.SortFunc(modules, func(a, b Module) int { return strings.Compare(a.Path, b.Path) })
	return modules, nil
}

var licenceFile = regexp.MustCompile(`(?i)^(un)?(licen[cs]e|copying|copyright)`)

// minCover is how much of a licence file, in percent of its words, must be text of known licences: what pkg.go.dev asks for.
const minCover = 75

// licences gives the SPDX identifiers of the licence files of one folder.
func licences(dir string) ([]string, error) {
	var identifiers []string
	err := eachText(dir, licenceFile, func(name string, text []byte) error {
		cover := licensecheck.Scan(text)
		if len(cover.Match) == 0 || cover.Percent < minCover {
			return fmt.Errorf("%w: %.0f %% of %s is text of a known licence", ErrLicence, cover.Percent, name)
		}
		for _, match := range cover.Match {
			identifiers = append(identifiers, match.ID)
		}
		return nil
	})
	return identifiers, err
}

// eachText visits the files of one folder whose names match, by name. Code is no text, whatever its name is.
func eachText(dir string, names *regexp.Regexp, visit func(name string, text []byte) error) error {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return err
	}
	for _, entry := range entries {
		if entry.IsDir() || !names.MatchString(entry.Name()) || filepath.Ext(entry.Name()) == ".go" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return err
		}
		if err := visit(entry.Name(), text); err != nil {
			return err
		}
	}
	return nil
}

// command gives the standard output of a command, and its standard error where it fails.
func command(cmd *exec.Cmd) ([]byte, error) {
	var errs bytes.Buffer
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err != nil {
		return nil, fmt.Errorf("%s: %w\n%s", strings.Join(cmd.Args, " "), err, errs.Bytes())
	}
	return out, nil
}

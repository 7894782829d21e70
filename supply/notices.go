package supply

import (
	"context"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
)

var (
	noticeFile = regexp.MustCompile(`(?i)^((un)?(licen[cs]e|copying|copyright)|notice)`)
	releasedOn = []string{"linux", "darwin", "windows"}
)

// WriteNotices writes the licence texts and notices of all modules that are linked into the program on any platform, and of Go
// itself: whoever passes on a program must pass on these. A text that several modules share is written once. root is the folder
// of go.mod.
func WriteNotices(ctx context.Context, out io.Writer, root string) error {
	goroot, err := goCommand(ctx, root, "env", "GOROOT")
	if err != nil {
		return err
	}
	folders := map[string][]string{"Go and its standard library": {goroot}}
	for _, goos := range releasedOn {
		modules, err := Linked(ctx, root, goos, "amd64")
		if err != nil {
			return fmt.Errorf("%s: %w", goos, err)
		}
		for _, m := range modules {
			name := m.Path + " " + m.Version
			folders[name] = append(folders[name], m.folders...)
		}
	}
	users := map[string][]string{} // of a text
	for name, dirs := range folders {
		slices.Sort(dirs)
		for _, dir := range slices.Compact(dirs) {
			texts, err := notices(dir)
			if err != nil {
				return fmt.Errorf("%s: %w", name, err)
			}
			for _, text := range texts {
				users[text] = append(users[text], name)
			}
		}
	}
	var parts []string
	for text, names := range users {
		slices.Sort(names)
		parts = append(parts, strings.Join(slices.Compact(names), "\n")+"\n\n"+strings.TrimSpace(text)+"\n")
	}
	slices.Sort(parts)
	_, err = io.WriteString(out, "raci-check is made of these modules too, under the licences below each list.\n\n"+
		strings.Join(parts, "\n"+strings.Repeat("-", 78)+"\n\n"))
	return err
}

func goCommand(ctx context.Context, dir string, args ...string) (string, error) {
	run := exec.CommandContext(ctx, "go", args...)
	run.Dir = dir
	out, err := command(run)
	return strings.TrimSpace(string(out)), err
}

// notices gives the texts of one folder that go with what is made of it.
func notices(dir string) ([]string, error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	var texts []string
	for _, entry := range entries {
		if entry.IsDir() || !noticeFile.MatchString(entry.Name()) || filepath.Ext(entry.Name()) == ".go" {
			continue
		}
		text, err := os.ReadFile(filepath.Join(dir, entry.Name()))
		if err != nil {
			return nil, err
		}
		texts = append(texts, string(text))
	}
	return texts, nil
}
